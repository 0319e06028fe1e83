"""What to tell a person when a connection is refused or breaks: one sentence a code, and the error that carries it.

The codes are Pluggy's (``executionStatus``, ``error.code``, ``codeDescription``: an open set) and a few of our own. The
bank's name goes into the sentence as Pluggy spells it: whoever prints a sentence as HTML escapes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from open_finance.clock import SAO_PAULO, local_day
from open_finance.errors import BankConnectionError, CredentialsRejectedError
from open_finance.records import Connection

REJECTED_CREDENTIALS = frozenset({"INVALID_CREDENTIALS", "INVALID_CREDENTIALS_MFA", "LOGIN_ERROR"})

#: First words of names that people call "a …": brokers, cooperatives, and some fintechs.
_FEMININE = frozenset({
    "agora", "ativa", "avenue", "caixa", "clear", "conta", "coopanest", "cooperativa", "cora", "corretora", "credisan",
    "crefisa", "cresol", "genial", "guide", "infinitepay", "nomad", "nova", "orama", "remessa", "rico", "sisprime", "stone",
    "toro", "unicred", "viacredi", "warren", "wise", "xp", "ágora", "órama",
})  # fmt: skip
_MASCULINE = frozenset({"caixa tem"})  # the app
_COMPANY = re.compile(r"\b(?:empresas?|empresarial|business|pj)\b", re.IGNORECASE)

_OUT_OF_ORDER = "{O} {bank} está fora do ar. A Pluggy tenta de novo sozinha, e os dados voltam na próxima leitura."
_OUR_SIDE = (
    "Algo falhou do lado da conexão (código {code}). "
    "A Pluggy tenta de novo sozinha, e os dados voltam na próxima leitura."
)
_REFUSED = "{O} {bank} não aceitou usuário ou senha. Cuidado: muitas tentativas podem bloquear o acesso."
_NOT_WAITING = "{O} {bank} não está esperando nenhum código agora."
_CODE_EXPIRED = "O código expirou. É só recomeçar: leva menos de um minuto."
_UPDATING = "Já estou atualizando {o} {bank}. Aviso quando terminar."
_CLOSED_BY_PLAN = "O plano da Pluggy deste bot não permite pedir atualização agora; mostro os dados já guardados."

#: Code → the sentence for people.
SENTENCES: Mapping[str, str] = {
    # The bank's answer to a connection (executionStatus, error.code).
    "INVALID_CREDENTIALS": _REFUSED,
    "LOGIN_ERROR": _REFUSED,
    "INVALID_CREDENTIALS_MFA": "O código não foi aceito. Confira e recomece com um código novo.",
    "ALREADY_LOGGED_IN": "Há outra sessão sua aberta n{o} {bank}. Saia do site ou app e tente de novo em 5 minutos.",
    "ACCOUNT_LOCKED": "{O} {bank} bloqueou seu acesso. Só o banco pode liberar.",
    "ACCOUNT_CREDENTIALS_RESET": "{O} {bank} pede que você crie uma senha nova no site ou app. Depois, tente de novo.",
    "ACCOUNT_NEEDS_ACTION": "{O} {bank} pede uma ação sua no app (termo, cadastro ou aviso). Depois, tente de novo.",
    "USER_AUTHORIZATION_PENDING": "Falta uma aprovação no app d{o} {bank}. Guardo o pedido e aviso quando sair.",
    "USER_AUTHORIZATION_NOT_GRANTED": (
        "O compartilhamento não foi autorizado n{o} {bank}. Se foi sem querer, é só repetir."
    ),
    "USER_AUTHORIZATION_REVOKED": "O compartilhamento foi encerrado n{o} {bank}. Seu histórico está guardado.",
    "USER_NOT_SUPPORTED": "Este tipo de conta d{o} {bank} ainda não é atendido.",
    "USER_INPUT_TIMEOUT": "O tempo para responder acabou. É só recomeçar.",
    "SITE_NOT_AVAILABLE": _OUT_OF_ORDER,
    "CONNECTION_ERROR": _OUT_OF_ORDER,
    "UNEXPECTED_ERROR": _OUR_SIDE,
    "ERROR": _OUR_SIDE,
    "MERGE_ERROR": _OUR_SIDE,
    "CREATE_ERROR": _OUR_SIDE,
    # Refusals of the request to connect.
    "ITEM_CREATION_LIMIT_EXCEEDED": (
        "O limite de bancos do plano foi atingido. Para incluir outro, desconecte um em /desconectar_banco."
    ),
    "CONNECTOR_OFFLINE": "{O} {bank} está fora do ar agora. Nada ficou pela metade: tente de novo mais tarde.",
    "CONNECTOR_NOT_FOUND": "Esse banco não está mais na lista. Escolha outro em /conectar_banco.",
    "CREATE_ITEMS_API_FREE_DISABLED": (
        "O plano da Pluggy deste bot não permite conectar por aqui. Avise quem administra o bot."
    ),
    "ITEM_USER_ALREADY_EXISTS": (
        "Essa conta d{o} {bank} já está conectada por outra pessoa ou outro programa. "
        "Se foi você, desconecte por lá primeiro; repetir por aqui não adianta."
    ),
    "STILL_DISCONNECTING": "Ainda estou encerrando a conexão anterior d{o} {bank}. Tente de novo em alguns minutos.",
    "PARAMETERS_NOT_PROVIDED": "{O} {bank} pede dados que não foram informados. Comece de novo em /conectar_banco.",
    "ALREADY_CONNECTING": "Ainda estou conectando {o} {bank}. Aviso quando terminar.",
    "INTENT_CLOSED": "Esse pedido já terminou. Comece de novo em /conectar_banco.",
    # Answers to a question of the bank's.
    "ITEM_MFA_NOT_FOUND": _NOT_WAITING,
    "ITEM_MFA_ALREADY_PROVIDED": "{O} {bank} já recebeu esse código. Aviso quando terminar.",
    "ITEM_MFA_EXPIRED": _CODE_EXPIRED,
    "ITEM_MFA_PARAMETER_EXPECTED_MISMATCH": _NOT_WAITING,
    "MFA_PARAMERTER_WAS_ALREADY_USED_ERROR": "Esse código já foi usado. Espere o próximo e tente de novo.",
    # The way back in.
    "MEU_PLUGGY_RECONNECT": (
        "O MeuPluggy não se reconecta por aqui. Confira o banco em meu.pluggy.ai e conecte de novo em /conectar_banco."
    ),
    "DOOR_CLOSED": "O acesso por senha d{o} {bank} foi encerrado. Conecte de novo pelo Open Finance: eu junto o histórico.",
    "CONSENT_EXPIRED": "A autorização d{o} {bank} venceu. Seu histórico está guardado; parei de receber novidades.",
    "ITEM_ORIGINAL_CONNECTED_WITH_DIFFERENT_ACCOUNT": (
        "Esses dados são de outra conta d{o} {bank}. Para incluir essa outra, comece em /conectar_banco."
    ),
    "UPDATING_NOW": "{O} {bank} está sendo atualizado agora. Tente de novo em um minuto.",
    "ITEM_NOT_ADOPTABLE": "Não encontrei essa conexão na Pluggy, ou ela não é sua. Confira o código.",
    # What is found out once the bank is connected.
    "NOTHING_SHARED": "{O} {bank} autorizou, mas sem nenhuma conta. No app, marque pelo menos uma conta ou cartão.",
    "ALREADY_CONNECTED": "{O} {bank} já está conectad{o}, com essas mesmas contas. Nada mudou.",
    "NOT_A_CLIENT": "{O} {bank} não encontrou conta de pessoa física para este CPF. Confira o número.",
    "NOT_A_CLIENT_COMPANY": "{O} {bank} não encontrou conta de empresa para este CNPJ. Confira o número.",
    # The fair limits.
    "TOO_MANY_ATTEMPTS": "Você já fez muitos pedidos em pouco tempo.",
    "PASSWORD_REFUSED_TWICE": (
        "{O} {bank} recusou a senha duas vezes, e parei por aqui: com mais uma, o banco pode bloquear seu acesso. "
        "Confira a senha no app ou site do banco."
    ),
    # Refusals of a refresh.
    "MEU_PLUGGY": "O MeuPluggy atualiza sozinho uma vez por dia; aqui o botão Atualizar só relê.",
    "REFRESHED_RECENTLY": "Consultei {o} {bank} há poucos minutos.",
    "REFRESH_IN_PROGRESS": _UPDATING,
    "ITEM_ALREADY_UPDATING": _UPDATING,
    "CLIENT_IS_UPDATING_BEFORE_ALLOWED_FREQUENCY": "Li os dados d{o} {bank} há pouco: o que mostro é o mais novo.",
    "TOO_MANY_CONSECUTIVE_LOGIN_FAILURES": (
        "Duas tentativas seguidas n{o} {bank} não deram certo; para não bloquear seu acesso, a Pluggy pede uma pausa."
    ),
    "TOO_MANY_CONSECUTIVE_ERRORS": "{O} {bank} falhou muitas vezes seguidas. Desconecte e conecte de novo.",
    "LAST_EXECUTION_HAD_LOGIN_ERROR": "{O} {bank} não aceita mais o acesso guardado. Toque em Reconectar.",
    "SANDBOX_CLIENT_ITEM_UPDATE_NOT_ALLOWED": _CLOSED_BY_PLAN,
    "CLIENT_HAS_ITEM_UPDATES_DISABLED": _CLOSED_BY_PLAN,
    "CONNECTOR_REQUIRED_PARAMETER_VALIDATION_ERROR": (
        "{O} {bank} pede um código novo a cada leitura. Informe um para atualizar."
    ),
    "TOO_MANY_REQUESTS": "Muitas consultas agora.",
    "ITEM_NOT_FOUND": "A conexão com {o} {bank} não existe mais na Pluggy. Conecte de novo em /conectar_banco.",
}

#: What stands instead when the connection has just been removed: nobody goes on by himself.
_FIRST_TIME: Mapping[str, str] = {
    **dict.fromkeys(
        ("SITE_NOT_AVAILABLE", "CONNECTION_ERROR"),
        "{O} {bank} está fora do ar. Nada ficou pela metade: tente de novo mais tarde.",
    ),
    "USER_AUTHORIZATION_REVOKED": "O compartilhamento foi encerrado n{o} {bank}. Se foi sem querer, é só repetir.",
    "USER_AUTHORIZATION_PENDING": "A aprovação no app d{o} {bank} não veio a tempo. É só repetir o pedido.",
}
_DAYS = ("hoje", "amanhã")
_OUR_SIDE_FIRST_TIME = (
    "Algo falhou do lado da conexão (código {code}). Nada ficou pela metade: tente de novo mais tarde."
)


def sentence(
    code: str | None,
    bank: str,
    *,
    first_time: bool = False,
    retry_at: datetime | None = None,
    now: datetime | None = None,
) -> str:
    """What happened and what comes next, in Portuguese; an unknown code gets the general sentence, naming it.

    ``first_time``: the connection never stood and has been removed, so nothing is retried by itself. ``retry_at`` adds when
    it makes sense to try again, in São Paulo's time; ``now`` lets it say "hoje" and "amanhã".
    """
    general = _OUR_SIDE_FIRST_TIME if first_time else _OUR_SIDE
    template = SENTENCES.get(code or "", general)
    if first_time:
        template = general if template is _OUR_SIDE else _FIRST_TIME.get(code or "", template)
    article = "a" if is_feminine(bank) else "o"
    text = template.format(bank=bank, o=article, O=article.upper(), code=code or "DESCONHECIDO")
    if retry_at is not None:
        text += f" Próxima tentativa possível: {_when(retry_at, now)}."
    return text


def _when(instant: datetime, now: datetime | None) -> str:
    """``hoje às 22:26``, ``amanhã às 08:05``, ``25/11 às 00:10``; the date while ``now`` is not known."""
    names = {} if now is None else {local_day(now) + timedelta(days=days): name for days, name in enumerate(_DAYS)}
    day = local_day(instant)
    return f"{names.get(day, f'{day:%d/%m}')} às {instant.astimezone(SAO_PAULO):%H:%M}"


def wording_of(code: str, connection: Connection) -> str:
    """The sentence that says best what a code means for a connection: through Open Finance nobody gives a password."""
    if code != "INVALID_CREDENTIALS" or not connection["is_open_finance"]:
        return code
    return "NOT_A_CLIENT_COMPANY" if _COMPANY.search(connection["connector_name"]) else "NOT_A_CLIENT"


def is_feminine(bank: str) -> bool:
    """Whether people say "a Caixa" rather than "o Itaú"."""
    words = bank.casefold().split()
    return words[:1] != [] and words[0] in _FEMININE and " ".join(words[:2]) not in _MASCULINE


def limit_sentence(data: Mapping[str, Any]) -> str:
    """The plan's limit of items, with its number where Pluggy gave one (``data.itemsLimit``)."""
    limit = data.get("itemsLimit")
    if limit is None:
        return SENTENCES["ITEM_CREATION_LIMIT_EXCEEDED"]
    return f"O plano já usa {limit} de {limit} bancos. Para incluir outro, desconecte um em /desconectar_banco."


def bank_error(
    code: str | None,
    bank: str,
    *,
    connection_id: int | None = None,
    first_time: bool = False,
    retry_at: datetime | None = None,
    now: datetime | None = None,
    wording: str | None = None,
    provider_message: str | None = None,
) -> BankConnectionError:
    """The error of a code, with its sentence: CredentialsRejectedError when the bank refused what was typed.

    ``wording``: the code whose sentence is said instead. ``provider_message``: what the bank itself says."""
    kind = CredentialsRejectedError if code in REJECTED_CREDENTIALS else BankConnectionError
    return kind(
        f"connection refused: {code}",
        code=code,
        connection_id=connection_id,
        retry_at=retry_at,
        provider_message=provider_message,
        user_message=sentence(wording or code, bank, first_time=first_time, retry_at=retry_at, now=now),
    )


def too_many(most: int, within: timedelta, retry_at: datetime, now: datetime) -> BankConnectionError:
    """A fair limit is reached: ``most`` requests ``within`` a span; one more is allowed from ``retry_at`` on."""
    minutes = int(within.total_seconds() // 60)
    hours = minutes // 60
    span = f"{minutes} minutos" if not hours else "1 hora" if hours == 1 else f"{hours} horas"
    return BankConnectionError(
        "a fair limit is reached",
        code="TOO_MANY_ATTEMPTS",
        retry_at=retry_at,
        user_message=f"Você já fez {most} pedidos em {span}. Pode tentar de novo {_when(retry_at, now)}.",
    )
