"""Is what a person typed what the connector asks for? Pure: nothing is sent, nothing is kept, nothing typed is ever quoted.

The rules come from the connector (label, type, ``validation``, options), never from a list of ours. The one addition are the
check digits of a CPF or CNPJ: for a field *named* ``cpf`` or ``cnpj`` and, where a person typed it, for one whose label
asks for nothing else. A program may send any document-like number to other fields, as to Pluggy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from validate_docbr import CNPJ, CPF

from open_finance.errors import InvalidCredentialError
from open_finance.records import Action, CredentialField, Option

VALUE_LIMIT = 4096  # one Telegram message: nothing a person types is longer
CODE_LIMIT = 64

_MASK = re.compile(r"[\s.\-/]")
_DOCUMENT = re.compile(r"\d{11}|\d{14}")
_ONLY_DOCUMENT_LABEL = re.compile(r"^\W*(?P<kind>cpf|cnpj)\b(?!.*(?:\bou\b|[/,]))", re.IGNORECASE)
_DOCUMENT_LABEL = re.compile(r"\b(?:cpf|cnpj)\b", re.IGNORECASE)
_CHECK_DIGITS = {"cpf": CPF, "cnpj": CNPJ}
_ITEM_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAMED_GROUP = re.compile(r"\(\?<(?![=!])")


def check_value(field: CredentialField, value: str) -> str:
    """The value to send for one field: trimmed, without the mask of a CPF or CNPJ, one of the options of a ``select``.

    A password is taken as it was typed. An optional field may be left empty. Raises InvalidCredentialError (``field``,
    ``user_message`` = the connector's ``validationMessage``).
    """
    typed = value.strip("\r\n") if field["type"] == "password" else value.strip()
    if not typed and field["optional"]:
        return ""
    if not typed or len(typed) > VALUE_LIMIT:
        raise _invalid(field)
    if field["options"]:
        return _choose(field["options"], typed, field)
    if field["name"].casefold() in _CHECK_DIGITS:
        return _check_document(field, typed)
    return _check_pattern(field, _without_mask(field, typed))


def check_typed(field: CredentialField, value: str) -> str:
    """As ``check_value``, for what a person typed in a chat: a CPF by its label is checked to the last digit, too."""
    checked = check_value(field, value)
    label = _ONLY_DOCUMENT_LABEL.match(field["label"])
    if label is not None and _DOCUMENT.fullmatch(checked) and not has_check_digits(label["kind"], checked):
        raise _wrong_digits(field, label["kind"])
    return checked


def check_all(fields: Iterable[CredentialField], values: Mapping[str, str]) -> dict[str, str]:
    """The ``parameters`` to send, in the connector's order: every field checked, names the connector lacks left out.

    Raises InvalidCredentialError for the first field that is missing or bad.
    """
    checked = {field["name"]: check_value(field, values.get(field["name"], "")) for field in fields}
    return {name: value for name, value in checked.items() if value}


def check_given(fields: Iterable[CredentialField], values: Mapping[str, str]) -> dict[str, str]:
    """As ``check_all``, for a connection that has its values already: only those that are given, and none is missing."""
    return check_all([field for field in fields if values.get(field["name"], "").strip()], values)


def read_item_id(text: str) -> str | None:
    """The id of a Pluggy item that the whole text is, as Pluggy writes it; None when it is anything else."""
    item_id = text.strip().lower()
    return item_id if _ITEM_ID.fullmatch(item_id) else None


def in_asking_order(fields: Iterable[CredentialField]) -> list[CredentialField]:
    """A code of the moment is asked last: it grows old while the rest is typed."""
    return sorted(fields, key=lambda field: field["mfa"])


def check_answer(action: Action, value: str) -> str:
    """The answer to send to a question of the bank's. Raises InvalidCredentialError when it does not look like one.

    Without a pattern of the bank's an answer is one word: a sentence is talk, not a code, and is never forwarded.
    """
    field = CredentialField(
        name=action["name"] or "",
        label=action["label"],
        type=action["type"],
        placeholder=None,
        assistive_text=None,
        validation=action["validation"] or rf"^\S{{1,{CODE_LIMIT}}}$",
        validation_message=action["validation_message"],
        mfa=True,
        optional=False,
        options=action["options"],
        data=None,
    )
    return check_value(field, value)


def has_check_digits(name: str, document: str) -> bool:
    """Whether a bare document named ``cpf`` or ``cnpj`` is a real one; true for a field of any other name."""
    validator = _CHECK_DIGITS.get(name.casefold())
    return validator is None or bool(validator().validate(document))


def _without_mask(field: CredentialField, typed: str) -> str:
    """A login that may be a CPF ("CPF, e-mail ou celular") loses the mask only when it is one."""
    bare = _MASK.sub("", typed)
    is_document = _DOCUMENT_LABEL.search(field["label"]) and _DOCUMENT.fullmatch(bare)
    return bare if is_document and _matches(field["validation"], bare) else typed


def _check_document(field: CredentialField, typed: str) -> str:
    """Bare digits where the connector takes them, the value as typed where its pattern insists on the mask."""
    bare = _MASK.sub("", typed).upper()
    if not has_check_digits(field["name"], bare):
        raise _wrong_digits(field, field["name"]) if _DOCUMENT.fullmatch(bare) else _invalid(field)
    return bare if _matches(field["validation"], bare) else _check_pattern(field, typed)


def _check_pattern(field: CredentialField, typed: str) -> str:
    if not _matches(field["validation"], typed):
        raise _invalid(field)
    return typed


def _choose(options: Iterable[Option], typed: str, field: CredentialField) -> str:
    wanted = typed.casefold()
    for option in options:
        if wanted in (option["value"].casefold(), option["label"].casefold()):
            return option["value"]
    raise _invalid(field)


def _matches(pattern: str | None, value: str) -> bool:
    """JavaScript's ``pattern.test(value)``. A pattern Python cannot read is left to Pluggy to judge."""
    if not pattern:
        return True
    try:
        compiled = re.compile(_NAMED_GROUP.sub("(?P<", pattern), re.ASCII)
    except re.error:
        return True
    return compiled.search(value) is not None


def _wrong_digits(field: CredentialField, kind: str) -> InvalidCredentialError:
    """As many digits as there must be: the connector's sentence about their number would mislead."""
    return InvalidCredentialError(
        f"check digits of field {field['name']!r} are wrong",
        field=field["name"],
        user_message=f"Esse {kind.upper()} não é válido. Confira os números.",
    )


def _invalid(field: CredentialField) -> InvalidCredentialError:
    return InvalidCredentialError(
        f"value refused for field {field['name']!r}",
        field=field["name"],
        user_message=field["validation_message"] or None,
    )
