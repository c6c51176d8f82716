"""Why a whole import is refused; nothing has been changed then. Single lines are refused in the report."""

from app.errors import Conflict, Unprocessable


class NotAnExport(Unprocessable):
    code, title = "not-an-export", "The file is not an export that can be read"


class ColumnMissing(Unprocessable):
    code, title = "column-missing", "A column that the import needs is not in the file"


class OptionInvalid(Unprocessable):
    code, title = "import-option-invalid", "An option of the import does not fit the register definition"


class ImportRunning(Conflict):
    code, title = "import-running", "Another process is running this import"


class LeaseLost(Conflict):
    code, title = "import-lease-lost", "Another process has taken this import over"
