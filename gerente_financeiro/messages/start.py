"""/start, /ajuda, /cancelar and the texts nobody asked for."""

from __future__ import annotations

from gerente_financeiro.messages.format import bank_text
from open_finance.folding import fold

#: command, what the menu says in Portuguese, and in English. The ten most used: the others have a button where they
#: are of use.
MENU = (
    ("saldo", "Quanto você tem, guarda e deve", "Your balances"),
    ("extrato", "Seus lançamentos, por conta e mês", "Your transactions"),
    ("gastos", "Para onde foi o dinheiro do mês", "Where the month's money went"),
    ("fatura", "Fatura aberta, parcelas e faturas anteriores", "Your card bills and instalments"),
    ("previsao", "Se o dinheiro chega ao fim do mês", "Whether the money lasts the month"),
    ("conectar_banco", "Conectar um banco", "Connect a bank"),
    ("alertas", "O que aviso, e quando", "What you are told, and when"),
    ("privacidade", "O que guardo; baixar ou apagar tudo", "Your data: download or erase it"),
    ("ajuda", "O que eu sei fazer", "What I can do"),
    ("cancelar", "Parar o que está em andamento", "Stop what is under way"),
)

#: What only whoever runs the bot has.
ADMIN_MENU = (("admin", "Como vai o bot: situação, erros, cotas", "How the bot fares"),)
#: As ``MENU``, in groups: what the family that a group is linked to can do there.
GROUP_MENU = (
    ("familia", "O que a família mostra", "What the family shares"),
    ("dividir", "Dividir uma despesa: /dividir 150 mercado", "Split an expense: /dividir 150 groceries"),
    ("acertos", "Quem deve a quem", "Who owes whom"),
)

HELP = """<b>Ver dinheiro</b>
/saldo · quanto você tem, guarda e deve
/extrato · seus lançamentos, por conta e mês
/fatura · fatura de cada cartão, parcelas e o que já está comprometido
/minhas_contas · bancos, contas e cartões
/patrimonio · o que você tem menos o que deve, dia a dia, em gráfico
/investimentos · o que você tem investido, com imposto, vencimentos e FGC; posição em 31/12 para o IRPF
/credito · sua saúde de crédito, suas dívidas, um plano para quitar e o comprovante de renda em PDF

<b>Perguntar</b>
Escreva como quem fala, sem barra:
• “quanto gastei com mercado em outubro?”
• “maior gasto da semana”
• “quanto falta da fatura do Nubank?”

<b>Conectar</b>
/conectar_banco · incluir um banco
/desconectar_banco · encerrar o acesso a um banco
/demo · uma família inventada, para conhecer antes de conectar

<b>Entender gastos</b>
/gastos · para onde foi o dinheiro do mês: por categoria, loja e conta, em gráfico
/assinaturas · o que você paga todo mês, o que subiu de preço, o que cancelou
/categorias · suas regras e categorias, para mudar ou apagar
/orcamento · quanto gastar por mês, e quanto já foi: /orcamento mercado 1200

<b>Olhar para a frente</b>
/previsao · seu saldo dia a dia pelos próximos 30, 60 ou 90 dias; /previsao comprar 1.800 em 6x mostra como ficaria
/posso_gastar · quanto dá para gastar hoje, e por quê

<b>Família</b>
/familia · convidar, e escolher conta por conta o que os outros veem
/dividir · dividir uma despesa: /dividir 150 mercado
/acertos · quem deve a quem, e o que já foi pago

<b>Avisos</b>
/alertas · o que aviso, a partir de que valor e em que horário; resumos

<b>Dados</b>
/exportar · seu extrato em Excel, PDF, CSV, OFX ou Beancount
/sincronizar · pedir dados novos aos bancos
/privacidade · o que guardo de você, baixar tudo, apagar tudo
/cancelar · parar o que está em andamento

Eu só leio: não faço Pix nem pagamento.
Senha e CPF, quando um banco pede, são apagados da conversa e não ficam guardados aqui."""

ADMIN_HELP = """<b>Cuidar do bot</b>
/admin · como vai o bot: conexões, filas, erros, cotas; parar e retomar a leitura automática"""

CANCELLED = "Cancelado. Nada foi guardado."
CANCELLED_UNCONFIRMED = "Cancelado. A Pluggy ainda não confirmou que apagou o pedido; sigo tentando e aviso."
CANCELLING = "Cancelando…"
NOTHING_TO_CANCEL = "Não há nada em andamento. Veja o que sei fazer em /ajuda."
UNKNOWN_COMMAND = "Não conheço esse comando. Veja o que sei fazer em /ajuda."

#: What is said in several words, or in one that no other command has → the command it speaks of.
_PHRASES = (
    (("posso gastar", "devo gastar", "quanto posso", "da para gastar", "da pra gastar", "gastar hoje"), "posso_gastar"),
    (
        (
            "previs",
            "prever",
            "fim do mes",
            "vai sobrar",
            "vai faltar",
            "vou ter",
            "no vermelho",
            "negativ",
            "comprar",
            "e se ",
        ),
        "previsao",
    ),
    (("quanto rende", "rendiment", "imposto de renda", "renda fixa", "imposto sobre"), "investimentos"),
    (("devo no cart", "devendo no cart"), "fatura"),
    (("quanto devo", "quanto eu devo", "que devo", "que eu devo"), "credito"),
)
#: beginnings of words → the command they speak of.
_HINTS = (
    (("demonstra",), "demo"),
    (("famil", "famíl", "convid", "convite", "compartilh"), "familia"),
    (("dividir", "divide", "dividi", "rach"), "dividir"),
    (("acert",), "acertos"),
    (
        (
            *("invest", "irpf", "cdb", "lci", "lca", "tesouro", "debênt", "debent", "fii", "fgc"),
            *("ações", "acoes", "fundo", "previdência", "previdencia", "cripto", "bitcoin"),
            *("aplicaç", "aplicac", "rende"),
        ),
        "investimentos",
    ),
    (("avis", "alert", "notifica", "resumo", "silêncio", "silencio"), "alertas"),
    (("orçament", "orcament"), "orcamento"),
    (("export", "planilha", "excel", "pdf", "csv", "ofx"), "exportar"),
    (("privac", "apag", "lgpd", "baix"), "privacidade"),
    (("desconect", "remov", "exclu"), "desconectar_banco"),
    (("conect", "adicion", "inclu", "cadastr"), "conectar_banco"),
    (("sincron", "atualiz"), "sincronizar"),
    (("assin", "mensalid", "recorrent", "streaming"), "assinaturas"),
    (("fatur", "parcel", "limite"), "fatura"),
    (
        (
            *("crédit", "credit", "dívid", "divid", "score", "emprést", "emprest", "comprov", "rotativo", "cheque"),
            *("devendo", "financia", "juro", "quitar", "quito"),
        ),
        "credito",
    ),
    (("gast", "gráfic", "grafic"), "gastos"),
    (("categor", "regra"), "categorias"),
    (("extrat", "lançament", "lancament", "compr", "pix", "transa"), "extrato"),
    (("patrim",), "patrimonio"),
    (("conta", "banco", "cart"), "minhas_contas"),
    (("total",), "patrimonio"),
    (("saldo", "dinheiro", "tenho"), "saldo"),
)
_QUESTIONS = {
    "categorias": "Você quer ver suas regras e categorias?",
    "demo": "Você quer ver uma demonstração?",
    "familia": "Você quer ver sua família, ou convidar alguém?",
    "dividir": "Você quer dividir uma despesa?",
    "acertos": "Você quer ver quem deve a quem na família?",
    "alertas": "Você quer escolher o que eu aviso?",
    "orcamento": "Você quer ver seus orçamentos?",
    "exportar": "Você quer um arquivo com o seu extrato?",
    "privacidade": "Você quer ver, baixar ou apagar o que guardo de você?",
    "desconectar_banco": "Você quer desconectar um banco?",
    "conectar_banco": "Você quer conectar um banco?",
    "assinaturas": "Você quer ver suas assinaturas?",
    "sincronizar": "Você quer dados novos dos bancos?",
    "credito": "Você quer ver sua saúde de crédito e suas dívidas?",
    "fatura": "Você quer ver a fatura do cartão?",
    "posso_gastar": "Você quer saber quanto pode gastar hoje?",
    "previsao": "Você quer ver como fica o saldo nos próximos dias?",
    "gastos": "Você quer ver para onde foi o seu dinheiro?",
    "extrato": "Você quer ver seus lançamentos?",
    "patrimonio": "Você quer ver seu patrimônio?",
    "investimentos": "Você quer ver seus investimentos?",
    "minhas_contas": "Você quer ver seus bancos e contas?",
    "saldo": "Você quer ver seu saldo?",
}


def welcome(first_name: str) -> str:
    """The first thing a newcomer reads."""
    return (
        f"Olá, {bank_text(first_name)}! Eu mostro saldo, extrato e cartões de todos os seus bancos aqui no Telegram.\n\n"
        "• Eu só leio: não faço Pix nem pagamento.\n"
        "• O acesso é pelo Open Finance, autorizado no app do seu banco.\n"
        "• Você apaga tudo quando quiser em /privacidade."
    )


def guess_command(text: str) -> str | None:
    """The command that a text without a slash seems to speak of."""
    said = f" {fold(text)}"
    for phrases, command in _PHRASES:
        if any(f" {phrase}" in said for phrase in phrases):
            return command
    words = text.casefold().split()
    for beginnings, command in _HINTS:
        if any(word.startswith(beginnings) for word in words):
            return command
    return None


def unknown_text(text: str) -> str:
    """The answer to a text outside any flow: the best guess, as a command to tap."""
    command = guess_command(text)
    if command is None:
        return "Posso mostrar seu /saldo, seu /extrato ou /conectar_banco. O resto está em /ajuda."
    return f"{_QUESTIONS[command]} Toque em /{command}. O resto está em /ajuda."
