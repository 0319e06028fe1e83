"""Every error this package raises on purpose: one tree, each class with one Portuguese sentence for people.

``str(error)`` is for operators and logs, ``error.user_message`` for the person in the chat. Neither ever holds a secret
(password, MFA code, CPF, API key, bot token), nor text that a bank or Pluggy sent; what a bank says to its client has an
attribute of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar


class OpenFinanceError(Exception):
    """Root of the tree. ``user_message`` says what happened and what to do, in Portuguese."""

    default_user_message: ClassVar[str] = "Algo deu errado do nosso lado. Tente de novo em alguns minutos."

    def __init__(self, message: str = "", *, user_message: str | None = None) -> None:
        self.user_message = user_message or self.default_user_message
        super().__init__(message or self.user_message)


class ConfigurationError(OpenFinanceError):
    """A setting is missing or bad. ``variable`` names the environment variable, the message says what to do."""

    default_user_message = "O bot não está configurado por completo. Avise quem administra."

    def __init__(self, message: str, *, variable: str | None = None) -> None:
        self.variable = variable
        super().__init__(message)


class DatabaseUnavailableError(OpenFinanceError):
    """The database cannot be reached or refuses work. Nothing was half-written."""

    default_user_message = "Não consegui abrir seus dados agora. Tente de novo em alguns minutos."


class PluggyError(OpenFinanceError):
    """Pluggy answered with an error, or could not be asked.

    ``status_code``: HTTP status, None when there was no answer. ``code``: Pluggy's ``codeDescription`` where present.
    ``details``: ``[{"code", "message", "parameter"}]``, stripped of values. ``data``: parameters of the error (limits,
    dates, ids). ``error_id``: Pluggy's request id for its support.
    """

    default_user_message = (
        "A Pluggy, que faz a ponte com os bancos, não conseguiu atender. Tente de novo em alguns minutos."
    )

    def __init__(
        self,
        message: str = "",
        *,
        status_code: int | None = None,
        code: str | None = None,
        details: list[dict[str, str]] | None = None,
        data: Mapping[str, Any] | None = None,
        error_id: str | None = None,
        user_message: str | None = None,
    ) -> None:
        self.status_code = status_code
        self.code = code
        self.details = details or []
        self.data = dict(data or {})
        self.error_id = error_id
        super().__init__(message, user_message=user_message)


class PluggyAuthError(PluggyError):
    """401 or 403 that a renewed key did not cure: the client id or secret is wrong, disabled, or lacks a permission."""

    default_user_message = "O acesso à Pluggy foi recusado. Avise quem administra o bot."


class PluggyNotFoundError(PluggyError):
    """404: the item, account or connector does not exist (any more)."""

    default_user_message = "Isso não existe mais na Pluggy."


class PluggyRequestError(PluggyError):
    """Any other 4xx: the request was understood and refused."""

    default_user_message = "A Pluggy recusou o pedido."


class PluggyRateLimitError(PluggyError):
    """A bare 429 that outlived the retries. ``retry_after``: seconds to wait, None when Pluggy did not say."""

    default_user_message = "Muitas consultas agora. Tente de novo em um minuto."

    def __init__(self, message: str = "", *, retry_after: float | None = None, **fields: Any) -> None:
        self.retry_after = retry_after
        super().__init__(message, **fields)


class PluggyQuotaError(PluggyError):
    """A limit that waiting a minute does not cure: a monthly quota at the bank, or the item limit of the plan."""

    default_user_message = "O limite de consultas ou de bancos foi atingido."


class PluggyServerError(PluggyError):
    """5xx, or an answer that breaks Pluggy's promises: HTML, truncated or empty JSON, a cursor that does not move."""


class PluggyUnreachableError(PluggyError):
    """No answer: connection refused or cut, name not found, timeout. ``sent``: False when surely nothing was sent."""

    default_user_message = "Não consegui falar com a Pluggy agora. Tente de novo em alguns minutos."

    def __init__(self, message: str = "", *, sent: bool = True, **fields: Any) -> None:
        self.sent = sent
        super().__init__(message, **fields)


class BankConnectionError(OpenFinanceError):
    """A connection could not be made or used. ``code``: Pluggy's execution or error code where there is one.
    ``provider_message``: what the bank itself says to its client, as it was sent."""

    default_user_message = "Não consegui conectar ao banco."

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        connection_id: int | None = None,
        retry_at: datetime | None = None,
        user_message: str | None = None,
        provider_message: str | None = None,
    ) -> None:
        self.code = code
        self.connection_id = connection_id
        self.retry_at = retry_at
        self.provider_message = provider_message
        super().__init__(message, user_message=user_message)


class CredentialsRejectedError(BankConnectionError):
    """The bank refused user, password, CPF or MFA code. ``code`` says which."""

    default_user_message = "O banco não aceitou usuário ou senha. Cuidado: muitas tentativas podem bloquear o acesso."


class InvalidCredentialError(BankConnectionError):
    """A typed value breaks the connector's rule or its check digits; nothing was sent. ``field``: the credential."""

    default_user_message = "Esse valor não está no formato que o banco pede."

    def __init__(self, message: str = "", *, field: str | None = None, **fields: Any) -> None:
        self.field = field
        super().__init__(message, **fields)


class ConnectionTimedOutError(BankConnectionError):
    """The bank did not finish within the time allowed. The connection is kept and goes on in the background."""

    default_user_message = "O banco está demorando mais que o normal. A conexão continua: confira daqui a pouco."


class ConnectionNotFoundError(BankConnectionError):
    """No such connection *for this person*: a foreign id is answered exactly as a missing one."""

    default_user_message = "Não encontrei essa conexão. Veja as suas em /minhas_contas."


class AccountNotFoundError(ConnectionNotFoundError):
    """No such account *for this person*: a foreign id is answered exactly as a missing one."""

    default_user_message = "Não encontrei essa conta. Veja as suas em /minhas_contas."


class JoinNotFoundError(AccountNotFoundError):
    """The account has no history of an earlier connection that could be taken out of it again."""

    default_user_message = "Essa conta não tem um histórico de outra conexão para separar."


class RowNotFoundError(OpenFinanceError):
    """No such row of this person's stands: its bank took it back, or it is somebody else's."""

    default_user_message = "Não encontrei esse lançamento. O que vale está em /extrato."


class RuleNotFoundError(OpenFinanceError):
    """The person has no such rule."""

    default_user_message = "Não encontrei essa regra. As suas estão em /categorias."


class CategoryNotFoundError(OpenFinanceError):
    """No such category, or not one of this person's."""

    default_user_message = "Não encontrei essa categoria. As suas estão em /categorias."


class CategoryNameError(OpenFinanceError):
    """A category cannot be called so. ``reason``: ``empty`` (it has no letter), ``long``, ``cpf``, ``many`` (there are too
    many) or ``taken``; then ``taken_by`` is the group or category of that name."""

    default_user_message = "Esse nome não serve para uma categoria."

    def __init__(self, reason: str, taken_by: str | None = None) -> None:
        super().__init__(f"not a name for a category: {reason}")
        self.reason = reason
        self.taken_by = taken_by


class ReserveError(OpenFinanceError):
    """Nobody can keep that much back, or less than nothing."""

    default_user_message = "A reserva é um valor de R$\u00a00,00 a R$\u00a01.000.000,00."


class ConnectionUncertainError(BankConnectionError):
    """The request for a connection was sent and its answer lost: the person is asked to repeat; the repeat adopts."""

    default_user_message = (
        "A resposta do banco se perdeu no caminho. Repita a conexão: se ela já existir, eu a aproveito, sem duplicar."
    )


class UnknownFormatError(OpenFinanceError):
    """A file was asked for in a format that nobody writes. ``formats``: those that there are."""

    default_user_message = "Não sei fazer um arquivo desse tipo. Escolha um dos que ofereço em /exportar."

    def __init__(self, name: str, formats: tuple[str, ...]) -> None:
        self.formats = formats
        super().__init__(f"{name!r}: os formatos são {', '.join(formats)}")


class MissingExtraError(OpenFinanceError):
    """A ``library`` that is needed here is not installed; the ``extra`` of this package brings it."""

    default_user_message = "Aqui não está instalado o que é preciso para isso. Avise quem administra o bot."

    def __init__(self, library: str, extra: str) -> None:
        self.library, self.extra = library, extra
        super().__init__(f'falta {library}, do extra "{extra}": pip install "gerente-financeiro[{extra}]"')


class ExportTooLargeError(OpenFinanceError):
    """Not even the smallest part of an export fits into a file of the size asked for."""

    default_user_message = "Esse arquivo ficou grande demais para enviar, mesmo em partes. Tente em CSV."


class BackupError(OpenFinanceError):
    """A backup could not be made, read or restored; nothing was written. ``user_message`` is for the operator."""

    default_user_message = "Não consegui fazer a cópia."


class NotABackupError(BackupError):
    """The file is none of ours."""

    default_user_message = "Este arquivo não é uma cópia do Gerente Financeiro. Confira o caminho."


class BackupKeyError(BackupError):
    """The file was made with another key, or its first bytes were changed."""

    default_user_message = (
        "A BACKUP_KEY não é a que fez esta cópia (ou o começo do arquivo foi alterado). Use a chave daquele dia."
    )


class BackupDamagedError(BackupError):
    """The file is not as it was made: cut off, changed, or put together of parts."""

    default_user_message = (
        "A cópia está cortada ou foi alterada: não restauro nada dela. Baixe o arquivo de novo ou use outra cópia."
    )


class BackupNewerError(BackupError):
    """A newer version of this program made the file."""

    default_user_message = (
        "Esta cópia foi feita por uma versão mais nova do programa. Atualize o programa e repita a restauração."
    )


class NothingToBackUpError(BackupError):
    """There is no database of ours at that address."""

    default_user_message = (
        "Não há o que copiar: no endereço de DATABASE_URL ainda não existe um banco deste bot. Confira DATABASE_URL."
    )


class DatabaseInUseError(BackupError):
    """A bot or a worker is using the database."""

    default_user_message = (
        "O bot (ou um worker) está usando este banco. Pare-o, espere meio minuto e repita a restauração."
    )


class DatabaseNotEmptyError(BackupError):
    """There are rows already, and nobody said that they may go."""

    default_user_message = (
        "O banco de DATABASE_URL já tem dados. Aponte DATABASE_URL para um banco vazio, ou use --replace para apagar o que "
        "há nele e pôr a cópia no lugar."
    )


class ForeignDatabaseError(BackupError):
    """Another program's tables are there, or a newer version's."""

    default_user_message = (
        "O banco de DATABASE_URL tem tabelas que não são desta versão do bot: não mexo nelas. Use um banco vazio."
    )


class RowsRefusedError(BackupError):
    """The database refused what the backup holds."""

    default_user_message = (
        "O banco de destino recusou a cópia, e nada foi gravado. Confira se o usuário de DATABASE_URL pode criar tabelas e "
        "se o programa está na versão mais nova."
    )


class FamilyError(OpenFinanceError):
    """What a person wants of their family cannot be."""

    default_user_message = "Não deu certo. A sua família está em /familia."


class NotInFamilyError(FamilyError):
    """The person is in no family, or not in the one that a group is linked to: the two are answered alike."""

    default_user_message = "Você não está em uma família aqui. Crie uma, ou entre por um convite, em /familia."


class AlreadyInFamilyError(FamilyError):
    """A person is in one family at a time."""

    default_user_message = "Você já está em uma família. Para entrar em outra, saia dela antes, em /familia."


class InvitationError(FamilyError):
    """The invitation lets nobody in. ``reason``: ``unknown`` (there is none, a newer one took its place, or who invited has
    left), ``used``, ``expired``, ``own`` (of the person's own family) or ``full`` (the family has no room)."""

    default_user_message = "Esse convite não vale mais. Peça um novo a quem convidou você."
    _MESSAGES: ClassVar[Mapping[str, str]] = {
        "used": "Esse convite já foi usado. Cada um vale uma vez: peça um novo a quem convidou você.",
        "expired": "Esse convite venceu. Cada um vale por 24 horas: peça um novo a quem convidou você.",
        "own": "Esse convite é da sua própria família: mande o link para quem você quer convidar.",
        "full": "Essa família já está completa.",
    }

    def __init__(self, reason: str) -> None:
        super().__init__(f"invitation: {reason}", user_message=self._MESSAGES.get(reason))
        self.reason = reason


class MemberNotFoundError(FamilyError):
    """No such member of this person's family, or not any more."""

    default_user_message = "Não encontrei essa pessoa na sua família. Veja quem está nela em /familia."


class GroupTakenError(FamilyError):
    """The group is another family's."""

    default_user_message = "Este grupo já é de outra família. Quem o ligou precisa desligar antes, em /familia."


class ExpenseError(FamilyError):
    """An expense cannot be divided so. ``reason``: ``amount`` (nothing, too much, finer than a centavo), ``among`` (nobody,
    or somebody twice) or ``split`` (the parts are not one for each, or do not add up)."""

    default_user_message = "Não consegui dividir essa despesa."
    _MESSAGES: ClassVar[Mapping[str, str]] = {
        "amount": "O valor vai de R$\u00a00,01 a R$\u00a01.000.000,00. Por exemplo: /dividir 150 mercado",
        "among": "Diga entre quem dividir, cada pessoa uma vez.",
        "split": "As partes precisam somar a despesa inteira, com uma parte para cada pessoa.",
    }

    def __init__(self, reason: str) -> None:
        super().__init__(f"expense: {reason}", user_message=self._MESSAGES.get(reason))
        self.reason = reason


class DebtNotFoundError(FamilyError):
    """There is no such debt (any more), or the person is neither who owes nor who is owed."""

    default_user_message = "Esse acerto mudou ou não é seu. O que vale agora está em /acertos."
