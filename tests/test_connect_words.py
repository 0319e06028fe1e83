"""The words of /conectar_banco about links, codes, doors, and what comes at the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gerente_financeiro.messages import connect as choosing
from gerente_financeiro.messages import connect_progress as words
from tests.builders import NOW, action, connection
from tests.telegram_html import HOSTILE, read

LINK = "https://auth.itau.example/oauth?state=a&b=<c>"


@pytest.mark.parametrize(
    ("seconds", "line"),
    [
        (0, "⏳ Pedindo o link ao Itaú…"),
        (19, "⏳ Pedindo o link ao Itaú…"),
        (20, "⏳ O Itaú está demorando para mandar o link. Costuma chegar em até 1 minuto."),
        (60, "⏳ O Itaú ainda não mandou o link. Sigo esperando e mostro aqui assim que chegar"),
    ],
)
def test_wait_for_the_link_says_how_it_goes(seconds: int, line: str) -> None:
    shown = read(words.waiting_for_link("Itaú", ["✅ CPF •••.982.247-••"], timedelta(seconds=seconds)))
    assert shown.startswith("Itaú pelo Open Finance\n✅ CPF •••.982.247-••\n")
    assert line in shown


def test_link_says_what_to_do_and_until_when() -> None:
    assert read(words.authorize("Itaú", action(url=LINK), NOW)).splitlines() == [
        "Itaú pelo Open Finance",
        "1. Toque em Autorizar no Itaú.",
        "2. No app do banco, confira o que será compartilhado e confirme.",
        "3. Volte para cá. Eu percebo sozinho.",
        "",
        "O link vale até 12:20.",
    ]
    tomorrow = action(expires_at=NOW + timedelta(days=1))
    assert read(words.authorize("Caixa", tomorrow, NOW)).endswith("O link vale até 12:00 de amanhã.")
    assert "vale até" not in read(words.authorize("Itaú", action(expires_at=None), NOW))


def test_who_is_stuck_gets_the_link_to_copy() -> None:
    stuck = words.authorize("Itaú", action(url=LINK), NOW, stuck=True)
    assert "Se o app do banco abriu a loja" in read(stuck)
    assert "<code>https://auth.itau.example/oauth?state=a&amp;b=&lt;c&gt;</code>" in stuck
    endless = read(words.authorize("Itaú", action(url=LINK + "x" * 3000), NOW, stuck=True))
    assert "segure o botão do link" in endless
    assert "xxx" not in endless


def test_meu_pluggy_is_a_choice_of_one_bank_a_time() -> None:
    shown = read(words.authorize("MeuPluggy", action(), NOW))
    assert "Abra o MeuPluggy, escolha um banco e autorize. Cada banco é uma conexão: repita para o próximo." in shown
    assert "Open Finance" not in shown


def test_picture_of_the_link_says_how_and_until_when() -> None:
    assert read(words.qr_caption("Caixa", action(), NOW)) == (
        "Aponte a câmera do outro aparelho para este QR code: ele abre a página da Caixa. Vale até 12:20."
    )


def test_expired_link_says_when_it_expired() -> None:
    assert words.link_expired("Itaú", NOW + timedelta(hours=2, minutes=35), NOW) == (
        "O link do Itaú expirou às 14:35. Gero outro?"
    )
    assert words.link_expired("Itaú", None, NOW) == "O link do Itaú expirou. Gero outro?"


def test_banks_answers_to_a_code() -> None:
    assert (
        words.code_refused("Inter") == "O Inter não aceitou esse código. Toque em Tentar de novo e use um código novo."
    )
    assert words.code_expired("Inter") == "O código do Inter expirou. É só recomeçar: leva menos de um minuto."
    assert words.late_code("Inter") == "Esse código era para o Inter e já expirou. Apaguei sua mensagem."


def test_device_is_approved_in_the_app() -> None:
    asked = action(type="device", url=None, label="Autorize o novo acesso", expires_at=None)
    assert read(words.question("Nubank", asked, NOW, NOW)) == (
        "Abra o app do Nubank e aprove o acesso. Eu percebo sozinho."
    )


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Como quer se identificar?", "O Itaú pede uma escolha: Como quer se identificar?"),
        ("Escolha o telefone", "O Itaú pede uma escolha: Escolha o telefone."),
    ],
)
def test_sentence_around_a_label_ends_once(label: str, said: str) -> None:
    asked = action(type="select", url=None, label=label, expires_at=None)
    assert read(words.question("Itaú", asked, NOW, NOW)) == said


def test_picture_to_be_read_by_the_app_says_so_once() -> None:
    told = "Nubank: Leia este QR code com o app do banco."
    for label in ("Leia o QR Code com o aplicativo do banco", "Escaneie o QRCode", ""):
        assert read(words.picture_caption("Nubank", label, by_app=True)) == told
    assert read(words.picture_caption("Nubank", "Código da imagem")) == (
        "Nubank: Digite o que vê nesta imagem (Código da imagem)."
    )


def test_request_of_a_joint_account_says_where_it_stands() -> None:
    assert read(words.standing_request("Itaú", NOW - timedelta(days=1), NOW)).splitlines() == [
        "Pedido ao Itaú",
        "✅ Você autorizou: ontem 12:00",
        "⏳ Falta a outra pessoa titular aprovar no app do Itaú",
        "Consultei o banco agora. Espero até 29/11; se ninguém aprovar até lá, o pedido termina e eu aviso.",
    ]


def test_lines_that_close_the_end_always_fit() -> None:
    many = words.done(connection(), [], 5, more=["fim " + "x" * 300])
    assert read(many).endswith("x")


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_bank_is_called_telegram_takes_it(name: str) -> None:
    read(words.waiting_for_link(name, [], timedelta(minutes=2)))
    read(words.authorize(name, action(url=LINK), NOW, stuck=True))
    read(words.qr_caption(name, action(), NOW))
    read(words.standing_request(name, NOW, NOW))
    read(words.link_expired(name, NOW, NOW))
    for sentence in (choosing.offline, choosing.unstable, choosing.watching, choosing.returned):
        read(sentence(name))


def test_notice_of_another_flow_is_plain_and_short_enough_for_an_alert() -> None:
    assert choosing.in_the_middle("A&B <LTDA>") == (
        "Você está no meio da conexão com o A&B <LTDA>. Termine ou pare com /cancelar, e toque de novo."
    )
    assert "de outra conexão" in choosing.in_the_middle("")
    assert all(len(choosing.in_the_middle(name)) <= 200 for name in HOSTILE)
