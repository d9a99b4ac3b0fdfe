"""In the place of the program that sets a paper: the same on a machine without fonts."""

import sys

from tracing.desk.papers import fonts, setting

if __name__ == "__main__":
    fonts.NEEDED["No Such Sans"] = "fonts-noto-core"
    sys.exit(setting.main())
