"""Who must vouch for the audit trail, and when the node verifies it itself."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["AuditSettings"]


class AuditSettings(BaseModel):
    """Witnesses and the nightly verification; neither stops anything."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    quorum: Annotated[int, Field(ge=0, le=1000)] = 1  # counterparts that cosigned within two days; fewer is amber
    nightly: bool = True  # recompute the whole trail each night
