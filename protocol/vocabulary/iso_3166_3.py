"""Former countries of ISO 3166-3: alpha-3, year the code was withdrawn, short English name, successors; one line each.

Weapons outlive States: a pistol stamped by a State that is gone is asked about at a successor. Which successor holds
the records is not law but knowledge; all are listed and an officer chooses. Codes and years as in pycountry 26; the
successors are ours.
"""

__all__ = ["TABLE"]

TABLE = """
AFI 1977 French Afars and Issas: DJI
ANT 2010 Netherlands Antilles: BES CUW SXM
ATB 1979 British Antarctic Territory: ATA
ATN 1983 Dronning Maud Land: ATA
BUR 1989 Burma: MMR
BYS 1992 Byelorussian SSR: BLR
CSK 1993 Czechoslovakia: CZE SVK
CTE 1984 Canton and Enderbury Islands: KIR
DDR 1990 German Democratic Republic: DEU
DHY 1977 Dahomey: BEN
FXX 1997 France, Metropolitan: FRA
GEL 1979 Gilbert and Ellice Islands: KIR TUV
HVO 1984 Upper Volta: BFA
JTN 1986 Johnston Island: UMI
MID 1986 Midway Islands: UMI
NHB 1980 New Hebrides: VUT
NTZ 1993 Neutral Zone: IRQ SAU
PCI 1986 Pacific Islands, Trust Territory of the: FSM MHL MNP PLW
PCZ 1980 Panama Canal Zone: PAN
PUS 1986 United States Miscellaneous Pacific Islands: UMI
RHO 1980 Southern Rhodesia: ZWE
SCG 2006 Serbia and Montenegro: MNE SRB
SKM 1975 Sikkim: IND
SUN 1992 Soviet Union: ARM AZE BLR EST GEO KAZ KGZ LTU LVA MDA RUS TJK TKM UKR UZB
TMP 2002 East Timor: TLS
VDR 1977 Viet-Nam, Democratic Republic of: VNM
WAK 1986 Wake Island: UMI
YMD 1990 Democratic Yemen: YEM
YUG 2003 Yugoslavia: BIH HRV MKD MNE SRB SVN
ZAR 1997 Zaire: COD
"""
