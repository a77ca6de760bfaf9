"""All fields that a payload has, for those who look for fields that the platform does not know."""

from pyspark.sql import Column
from pyspark.sql import functions as F

# Column of parsed records: path and value of the payload's fields, both as text. Null where a
# cheap look tells that all of them are known, and where the payload is no object.
OTHERS = "_others"
_PATH_LENGTH = 200


def fields_of(document: Column, at: str = "") -> Column:
    """Paths and values of the fields that an object has, as ``OTHERS`` holds them.

    Of a name that the object repeats the last counts. A name with a dot stands in brackets and
    quotes, as ``['a.b']``. A path is cut to 200 characters.

    Args:
        document: A variant.
        at: What stands before each name.

    Returns:
        Null where the document is no object.
    """
    found = F.map_entries(F.try_variant_get(document, "$", "map<string,variant>"))
    return F.transform(
        found,
        lambda each: F.struct(
            F.substring(F.concat(F.lit(at), _name(each["key"])), 1, _PATH_LENGTH).alias("field"),
            each["value"].cast("string").alias("example"),
        ),
    )


def _name(name: Column) -> Column:
    in_brackets = F.concat(F.lit("['"), name, F.lit("']"))
    return F.when(name.contains("."), in_brackets).otherwise(name)
