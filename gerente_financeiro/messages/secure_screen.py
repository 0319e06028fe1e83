"""What the secure screen says when it cannot go on. Plain text: the page shows it as it is."""

from __future__ import annotations

OUTSIDE = "Esta tela só abre pelo botão do bot, dentro do Telegram. Volte à conversa e toque em Abrir tela segura."
STALE = "A tela ficou aberta tempo demais. Feche e toque de novo no botão da conversa."
STRANGER = "Este bot ainda não atende você. Volte à conversa para ver o seu número."
OVER = "Esse pedido já terminou. Volte à conversa e comece de novo em /conectar_banco."
NOT_YOURS = "Não encontrei essa conexão na Pluggy, ou ela não é sua. Nada mudou."
AWAY = "A Pluggy não respondeu agora. Espere um instante e tente de novo."
BROKEN = "Algo se perdeu no caminho. Feche esta tela e abra de novo pela conversa."
