"""People's data: exported, imported, backed up, restored, and what follows from them made anew.

The app's own modules say what rows look like. They read their settings once, as they are loaded;
which tables these name is no matter here, where every call is given its own.
"""

import os

from infra.package import ANY_SETTINGS

for _name in ("AWS_REGION", "JWT_KEY_PARAMETER", "TABLE_PREFIX", "TASKFLOW_STAGE"):
    os.environ.setdefault(_name, ANY_SETTINGS[_name])
