"""Who must vouch for the audit trail."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["AuditSettings"]


class AuditSettings(BaseModel):
    """How many counterparts must have cosigned our checkpoints within two days; fewer is amber, and stops nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    quorum: Annotated[int, Field(ge=0, le=1000)] = 1
