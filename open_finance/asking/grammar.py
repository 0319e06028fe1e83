"""The words that say what is asked: verbs, nouns and their turns. Tables of patterns over folded words, nothing else.

``_`` stands for a word that has a meaning already (a period, a category, a shop, an account).
"""

from __future__ import annotations

import re
from typing import Final


def _whole(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{text})(?!\S)")


#: Courtesy and turns that ask for anything; they say nothing.
FILLING: Final = _whole(
    r"(?:aqui|la|ca) em casa"
    r"|(?:minha|meu) (?:filh[oa]|querid[oa]|bem|amor|net[oa]|car[oa]|senhor|amig[oa]|anjo)(?! (?:gast|receb|ganh"
    r"|pag|tem|compr))"
    r"|prezad[oa]s?|senhor(?:a|es|ita)?|moc[oa]|querid[oa]|galera|pessoal|gente boa|amig[oa]|parceir[oa]|chefe"
    r"|doutora?|menin[oa]|(?:solicito|desejo|necessito|queira|peco que|favor|preciso que|gostaria que"
    r"|pretendo)(?: (?:me )?(?:saber|informem?|informar|listar|verificar|consultar|ver|diga))?"
    r"|(?:eu )?(?:queria|gostaria de|quero|preciso|desejo) (?:saber|ver|consultar|entender"
    r"|descobrir)(?: (?:quanto|que))?(?= (?:quanto|que|qual|o|a|se)\b)|"
    r"por favor|pfv|pf|faz favor|por gentileza|me (?:diz|diga|fala|fale|conta|conte|informa|informe|responde"
    r"|explica)(?: ai| aqui)?"
    r"(?= (?:quanto|quantos|quantas|qual|quais|onde|quando|se|o|a|em|com|por|de|meu|minha|meus|minhas|_)\b)"
    r"|(?:eu )?(?:queria|gostaria de|quero|preciso|precisava) saber(?: sobre)?|(?:voce )?(?:sabe|consegue|pode"
    r"|poderia|saberia)(?: me)?"
    r"(?: dizer| falar| informar| ver| mostrar)|(?:voce )?sabe(?= (?:quanto|quantas|qual|quando|onde))|sera que"
    r"|oi+|ola|opa|eai|e ai|ei|hey|bom dia|boa tarde|boa noite|(?:seu |meu )?gerente|robo|bot|amigo|meu amigo"
    r"|obrigad[oa]|valeu|vlw|tudo bem|bem|entao|afinal|na verdade|mais ou menos|exatamente|aproximadamente|por acaso"
    r"|so por curiosidade|por curiosidade|uma duvida|pergunta|mano|caramba|nossa|eita|ja"
    r"|aqui|ai|la|ne|hein|(?<!mim )mesmo|no total|ao todo|total geral"
    r"|tudo (?:joia|certo|bom|tranquilo|beleza|em ordem|em paz)|como (?:vai|voce esta)(?: voce)?"
    r"|a titulo(?= d[eoa] )|(?:me )?(?:manda|faz|mostra|traz)(?: ai)?(?: um| o)? (?:top|ranking)"
    r"|(?:e )?(?:eu )?(?:nem|nao) (?:olhei|vi|reparei|percebi|anotei)(?: (?:a|o|na|no) (?:conta|valor|preco|nota))?"
    r"|por (?:obsequio|bondade|cortesia|acaso)|se nao for (?:incomodo|pedir (?:muito|demais))|(?:fazendo|faca"
    r"|faz) (?:o|um) favor(?: de)?"
    r"|quando tiver (?:um )?temp(?:o|inho)|(?:muito )?prazer|com licenca|desde ja (?:agradeco|obrigad[oa])|atenciosamente"
    r"|(?:ah |oh |entao )?(?:me )?deix[ae](?: eu| me)?(?: te)? (?:ver|perguntar|saber|conferir|pensar|checar"
    r"|dar uma olhada|entender)"
    r"(?: uma coisa| aqui| ai)?"
    r"|(?:e |sera que )?(?:nao )?(?:da|daria|tem como|teria como|e possivel|seria possivel|voce consegue|voce pode"
    r"|voce poderia|pode)"
    r"(?: para| de)?(?: voce| eu| me)* (?:ver|saber|dizer|falar|informar|mostrar|conferir|verificar|checar|consultar"
    r"|calcular|descobrir|olhar|puxar|levantar|ajudar(?: a (?:saber|ver|entender|descobrir))?)(?= (?!o futuro))"
    r"|pode considerar|considere|considerando|levando em conta|leve em conta|se (?:possivel|puder|der)|quando (?:puder|der)"
    r"|(?:so )?para (?:eu )?(?:saber|conferir|ter (?:uma )?(?:ideia|nocao)|me organizar|controle|ficar sabendo)"
    r"|(?:eu )?nao (?:me )?(?:sei|lembro|recordo|faco (?:a minima )?ideia|tenho (?:ideia|nocao)|estou lembrad[oa])"
    r"(?: mais| bem| direito)?(?: de)?"
    r"|(?:acho|parece|me parece|creio|imagino) que|se nao me engano|salvo engano|pelo que (?:eu )?sei|a proposito|por sinal"
    r"|nao (?:foi|e|era)(?= (?:quanto|qual|que valor)|$)"
    r"|falando nisso|no (?:fim|final) das contas|de fato|na moral|olha so|vem ca"
    r"|me ajuda(?: ai| aqui)?(?: a (?:saber|ver|entender))?"
    r"|faz(?: me)? (?:um|o) favor|quebra (?:um|esse) galho|tenho uma duvida|(?:me )?tira uma duvida"
    r"|(?:eu )?(?:estou|estava|tava) (?:querendo|precisando|tentando) (?:saber|ver|entender|descobrir|lembrar)"
    r"|fiquei (?:na|em|com) duvida|uma perguntinha"
    r"|(?:eu )?quero que (?:voce |o senhor |a senhora )?(?:me )?(?:diga|mostre|informe|fale|conte)"
    r"|diz ai|fala ai|conta ai|mostra ai|ve ai|olha ai|me diz uma coisa|me fala uma coisa"
    r"|fala (?:para|pra) mim|diz (?:para|pra) mim"
)

#: Somebody is to do something; said at the beginning of a sentence.
ACTING: Final = re.compile(
    r"^(?:_ |eu |voce |por favor |favor |ja |entao )*(?:quero |preciso |queria |pode |poderia |vai |vamos "
    r"|me ajuda a |consegue |tem como )?(?:que voce )?(?:me )?"
    r"(?:faz|faca|fazer|paga|pague|pagar|manda|mande|mandar|transfere|transfira|transferir|envia|envie|enviar"
    r"|bloqueia|bloqueie"
    r"|bloquear|desbloqueia|cancela|cancele|cancelar|agenda|agende|agendar|compre|comprar|compra(?= (?:um|uma|o|a"
    r"|\d+) )|investe|invista|investir|aplica|aplique|aplicar"
    r"|resgata|resgate|resgatar|deposita|deposite|depositar|saca|sacar|aumenta|aumente|aumentar|apaga|apague"
    r"|apagar|exclui|exclua|deleta"
    r"|muda|mude|mudar|altera|altere|cria|crie|criar|adiciona|adicione|parcele|parcelar|renegocia|negocia|negocie"
    r"|contrata|contrate|pede|peca|solicita|abre|abra"
    r"|abrir|fecha|feche|ativa|ative|desativa|lembra|lembre|ignora|ignore|esquece|esqueca|conecta|conecte"
    r"|desconecta|desconecte|empresta|empreste|emprestar|guarda|guarde|guardar)(?!\S)"
    r"(?! (?:(?:a|as|uma) (?:conta|contas|soma) (?:ai |para mim |para mim ai )?(?:d[aeo]s? |_)|"
    r"quanto|quais|qual|um resumo|a lista|o extrato|uma lista|meu extrato|os gastos|as compras|meus gastos"
    r"|minhas compras|o total|as contas|a conta de quanto|meu saldo|o saldo))"
)

#: What this bot knows nothing of, or what nobody can say.
FOREIGN: Final = _whole(
    r"cotacao|dolar(?:es)?|euros?|bitcoin|btc|ethereum|selic|ibovespa|inflacao|ipca|igpm|bolsa de valores|bovespa"
    r"|chove\w*|chuva|clima|temperatura|previsao do tempo"
    r"|por cento|porcent\w+|qual (?:e o )?banco tem (?:o |a )?(?:menor|melhor|maior)(?:es)? (?:juros?|taxas?|tarifas?)"
    r"|piadas?|receita d[eoa] (?!mes|ano|semana|tri|bi|semes|est[ea]|ess[ea]|20|\d|jan|fev|mar|abr|mai|jun|jul|ago|set|out"
    r"|nov|dez|primeir|segund|terceir|ultim|hoje|ontem|pix|salario|_)\w+|placar|campeonato|corinthians|palmeiras"
    r"|flamengo|presidente|capital d[aeo]|significa|sentido da|o que e|quem e|quem foi|quem ganhou"
    r"|saca d[aeo]|arroba d[aeo]|vale a pena|devo (?:comprar|investir|vender|fazer)|devia"
    r"|melhor (?:investimento|banco|cartao|aplicacao)"
    r"|recomenda\w*|sugere|como (?:faco|investir|economizar|ganhar|posso|funciona|fazer)"
    r"|indica|indique|sugira|sugestao|endereco|telefone d[aeo]|agencia|preco(?! medio)|quanto (?:esta|anda) (?:o "
    r"|a )?(?:preco|litro|gasolina|etanol|alcool|diesel|gas|botijao|passagem|quilo)|(?<!me )custa(?! cada| em media)"
    r"|(?<!me )custam(?! cada)|custaria|quanto vale(?! (?:tudo|o que|meus?|minhas?))|quanto e \d+"
    r"|me deve|me devem|deve para mim|senha|cpf|horas sao"
    r"|que dia e|seu nome|salario minimo|quanto ganha(?: um)?|traduz\w*|poema|musica do|letra d[ae]"
    r"|meu score|serasa|score|quem (?:e|sou)|loteria deu|resultado d[ao]|noticias?"
)

#: *Devo fechar o mês com quanto* is no debt.
_MODAL = r"(?! (?:fechar|terminar|acabar|ficar|sobrar|ter|gastar|receber|chegar|virar)(?!\S))"
_THEM = (
    r"(?:mandou|mandaram|pagou|pagaram|enviou|enviaram|transferiu|transferiram|passou|passaram|depositou|depositaram"
    r"|devolveu|devolveram|deu|deram|repassou|reembolsou|fez|fizeram|pix|mandado|pago)"
)

#: Name → pattern. Each is looked for in the words that no period, subject or account has.
MARKERS: Final[dict[str, re.Pattern[str]]] = {
    name: _whole(text)
    for name, text in {
        "how_much": (
            r"(?:e |de )?quanto|quanta|quantos reais|quanta grana|quanto dinheiro|qual (?:e |foi |era |sera )?(?:o "
            r"|a |foi o )?(?:meu |minha )?(?:valor|total|soma|montante|custo|gasto total)(?: total| gasto| pago)?"
            r"|(?:o )?total|soma|valor(?:es)?|valor total|que valor|soma total|somatorio|(?:acumulad|consolidad|somad)[oa]s?"
            r"|(?:me )?(?:some|soma|somar|somando|junte|juntando|calcule|calcula|calcular)(?: para mim)?(?: tudo)?"
            r"|(?:me )?(?:faz|faca|fazer|fazendo) (?:a|as|uma) (?:conta|contas|soma)(?: para mim| ai)?(?: d[aeo]s?)?"
        ),
        "count": (
            r"quantas vezes|quant[ao]s(?! (?:reais|parcelas|prestacoes))|numero d[aeo]s?|quantidade d[aeo]s?|que frequencia"
            r"|(?:n|no|nro|num) de(?= (?:_|\w+s)(?!\S))|numero(?= _)|contagem d[aeo]s?|em quant[ao]s (?:ocasioes|dias)"
            r"|total de (?:viagens|corridas|compras|pedidos|idas|vezes|transacoes|lancamentos|saques|visitas)"
            r"|qual a frequencia|com que frequencia|vezes(?: que)?|qual a quantidade"
        ),
        "average": (
            r"em media|media|medio|na media|medias|mensal(?:mente)?|mensais|costumo(?: gastar| pagar)?|normalmente"
            r"|geralmente|em geral|tipicamente|de costume|ticket"
        ),
        "per_purchase": (
            r"por (?:compra|pedido|corrida|vez|ida|visita|viagem|refeicao|transacao|pagamento|abastecida"
            r"|abastecimento|ida ao)|cada (?:compra|pedido|corrida|vez|ida|viagem|visita|abastecida)|(?:valor|preco"
            r"|ticket|gasto|custo) medio (?:d[aoe]s?|por|de cada)?|ticket medio|em cada (?:compra|pedido|ida)"
        ),
        "per_day": r"por dia|ao dia|diari[ao]|diariamente|(?:a )?cada dia",
        "per_week": r"por semana|semanal(?:mente)?|(?:a )?cada semana",
        "last": (
            r"(?:pela |a |da )?ultimas? vez(?:es)?(?: que)?|(?:a |o |minha |meu |qual |foi )*(?:ultim[oa])(?: foi)?"
            r"|por ultimo|mais recente|recentemente|quando foi(?: que)?|quando(?: e)?(?: eu| que)?"
            r"|que dia(?: foi)?(?: que)?|em que dia|em que data|qual (?:foi )?(?:o dia|a data)"
            r"|faz quanto tempo(?: que)?|ha quanto tempo(?: que)?|quanto tempo faz"
        ),
        "first": (
            r"(?:pela |a |da )?primeira vez(?: que)?|primeir[oa]|comecei a|desde quando|comecei|mais antig[oa]"
            r"|quando comecou|inicio d[ao]"
        ),
        "begin": r"comecei(?: a)?(?: assinar| pagar| usar)?|desde quando|quando comecou(?: a)?",
        "biggest": (
            r"maior(?:es)?|mais (?:car[oa]s?|alt[oa]s?|pesad[oa]s?|elevad[oa]s?|valios[oa]s?|salgad[oa]s?)"
            r"|mais caro que|mais gastei (?:de uma vez|numa so|em uma so)|de maior valor|top|campea|campeao"
        ),
        "smallest": r"menor(?:es)?|mais (?:barat[oa]s?|baix[oa]s?|em conta)|de menor valor",
        "where": (
            r"onde|aonde|em que|em qual|com o que|com que|no que|em quais|com quais|para onde|qual categoria"
            r"|quais categorias|que categoria|que tipo de|em qual tipo de|qual tipo de|o que"
        ),
        "most": (
            r"mais|principais|principal|mais gastei|mais pes(?:ou|a|am|aram)|maior parte|vai (?:o "
            r"|todo o )?(?:meu )?dinheiro|foi (?:parar )?(?:o |todo o )?(?:meu )?dinheiro"
            r"|foi parar (?:o )?(?:meu )?dinheiro|ranking|ranqueamento|top"
        ),
        "places": (
            r"lugar(?:es)?|lojas?|estabelecimentos?|comercios?|locais|local|fornecedor(?:es)?|empresas?|merchant"
            r"|vendedor(?:es)?"
        ),
        "by_category": (
            r"(?:por|cada|quais|qual|que|as|principais) (?:categorias?|grupos?|tipos?(?: de (?:gasto|despesa)s?)?"
            r"|area)|por categoria|categorias?"
        ),
        "by_place": (
            r"(?:por|cada|em cada|qual|quais|que) (?:loja|estabelecimento|lugar|local|comercio|loja|estabelecimentos"
            r"|lojas|lugares)"
        ),
        "by_account": (
            r"(?:em |por |de |com |n[oa] |d[oa] )?(?:cada|qual|por|quais)(?: um)?(?: d[oa]s)?(?: meus"
            r"| minhas)? (?:cartao|cartoes|contas?(?! d[eao] \w)|banco|bancos)|por (?:cartao|conta|banco)"
            r"|separado por (?:cartao|conta|banco)|dividido por (?:cartao|conta|banco)|(?:em )?que (?:cartao|banco"
            r"|conta)"
        ),
        "compare": (
            r"(?:maior|menor)(?:es)? (?:do )?que|x|contra|compar(?:ar|ando|e|a|acao|ado|ada|ativo)|diferenca"
            r"|versus|vs|do que|(?:a )?mais (?:que"
            r"|ou menos)|menos (?:que|ou mais)|em relacao(?: a)?|aument(?:ou|aram|ei)|diminu(?:iu|iram|i)|subiu"
            r"|caiu em relacao|cresceu|economizei|mud(?:ou|aram)|vari(?:ou|aram|acao)|aument(?:o|ando)"
            r"|subiram|subindo|reduzi\w*|reducao"
            r"|mais (?:car|alt|barat|baix)[oa]s? (?:do )?que(?= (?:_|o|antes|em|no) ?)"
            r"|queda|baix(?:ou|aram)|evolu(?:iu|cao)|cresceram|crescimento|diminui(?:cao|ndo)|em comparacao(?: com| a)?"
            r"|caiu(?= (?:quanto )?_ _)|piorou|melhorou|encarec(?:eu|eram)|barate(?:ou|aram)"
        ),
        "more": r"mais|menos",
        "list": (
            r"tudo(?: o)? que(?= (?:eu )?(?:gastei|comprei|paguei|recebi|mandei))"
            r"|(?:de |para )?quem(?= (?:eu )?(?:me|recebi|mandei|enviei|paguei|transferi))|ultim[oa]s(?: \d+)?"
            r"|(?:me )?(?:mostr[ae]r?|list[ae]r?|exib[ae]r?|veja|ver|detalh[ae]r?|quero ver|quero)(?: me)?|me (?:da"
            r"|passa|traz|traga|manda)(?: todas| todos| ai| uma lista d[aeo]s?| a lista d[aeo]s?| um resumo d[aeo]s?"
            r"| o extrato d[aeo]s?)?|listagem(?: d[aeo]s?)?|lista(?: d[aeo]s?)?|quais(?: foram| sao| os| as)*"
            r"|que(?= (?:compras|gastos|pix|transferencias|pagamentos|despesas|boletos|saques|lancamentos"
            r"|recebimentos|_))|extrato|relacao d[aeo]s?|detalhes?(?: d[aeo]s?)?|discrimina\w*"
            r"|(?:detalhament\w+|rol|demonstrativo)(?: d[aeo]s?)?"
            r"|historico(?: d[aeo]s?)?|(?:com |em |n)?o que(?: foi)?(?: que)?(?= (?:eu )?(?:comprei|gastei|paguei"
            r"|recebi|entrou|saiu|caiu|pedi|mandei))|em que(?= (?:eu )?(?:gastei|comprei))|todas as|todos os"
        ),
        "spend": (
            r"foi embora|foram embora|foi parar|despend[ie]d?[oa]?s?|dispendio|saiu|sairam|pag[oa]s|gastei"
            r"|gastos?|gastamos|gastando|gastado|a gente gastou|gastaria|despesas?"
            r"|torrei|torramos|torrado|paguei|pagamos|pago|pagando|pagamentos?|comprei|compras?|compramos"
            r"|comprado|saidas?|desembolsei|desembolso|queimei|consumi|detonei|estourei|custos?|custou|custaram"
            r"|consumo|gastinhos?|debitos?|cobranca s?|cobrou|cobraram|cobrado|fui cobrado|debitaram|debitado|gastao"
            r"|gastona"
        ),
        "weak": (
            r"utilizei|utilizo|usamos|custa|chegou|chegaram|peco|compro|vou|mando|abasteco|frequento|foi|foram"
            r"|deu|deram|veio|vieram|fui|existe|fomos|pedi|pedimos"
            r"|tirei|retirei|tirado|retirado|tiramos|comi|comemos|tive|acumulou"
            r"|fiz|fizemos|usei|uso|deixei|deixamos|saiu|sairam|coloquei|botei|andei|peguei|sai|tive"
            r"|teve|cai|cairam|bateu|chegou|assinei|uso"
        ),
        "sent": (
            r"mandei|enviei|transferi|transferimos|passei|repassei|emprestei|devolvi|dei|depositei|mandamos|mandado"
            r"|enviado|transferido|enviados|mandados|transferidos|enviadas|envio|envios|fiz pix|fiz (?:um |uns "
            r"|de )?(?:pix|transferencias?)"
        ),
        "income": (
            r"recebi|recebemos|recebid[oa]s?|recebimentos?|recebo|entrou|entraram|entradas?|ganhei|ganhamos"
            r"|ganho|ganhos|renda|rendas|receitas?|faturei|faturamos|caiu|caiu na conta|depositaram|depositado"
            r"|creditaram|creditado|pingou|pingaram|lucrei|chegou na conta|credito na conta|entrando"
            r"|caindo|cairam|creditou|depositou|pingando"
        ),
        "refund": (
            r"estorn\w+|reembols\w+|devoluc(?:ao|oes)|ressarc\w+|chargeback|(?:dinheiro )?de volta|devolveu|devolveram"
            r"|devolvid[oa]s?"
        ),
        "took": r"tirei|retirei|tirado|retirado|tiramos",
        "own": r"propri[oa]s?|mesma titularidade|(?:para |entre )?mim mesm[oa]|(?:em )?meu (?:proprio )?nome",
        "to_come": (
            r"(?:a|por|para|ainda vao|vao|que) (?:vencer|vir|cair|entrar)|vincend[oa]s?|futur[oa]s|pela frente"
            r"|que vem por ai"
            r"|(?:que )?(?:ainda )?(?:vao|vai|vem|irao) (?:cair|vir|entrar|chegar|vencer)"
            r"|(?:acab|termin|encerr)am?|(?:nas |n?os )?proxim[oa]s (?:_|meses|faturas)|restantes?|comprometid[oa]s?"
        ),
        "yields": r"rendeu|renderam|rende|rendendo|rendimento",
        "from_them": (
            rf"me {_THEM}(?: de volta| dinheiro| pix| de pix)?|{_THEM} (?:para mim|para eu|de volta para mim)"
            rf"|recebi d[eoa]s?|recebemos d[eoa]s?|recebid[oa]s? d[eoa]s?|recebo d[eoa]|veio d[eoa]|ganhei d[eoa]"
            r"|(?:mandou|mandaram|enviou|enviaram|transferiu|transferiram|depositou|depositaram|repassou)"
            r"(?: quanto| algum| alguma| dinheiro| grana| pix| de pix| um pix| de)*"
        ),
        "bill": r"faturas?",
        "left": (
            r"faltam?|faltando|falta pagar|resta(?:m|nte|ndo)?|sobra pagar|ainda (?:devo|tenho que pagar"
            r"|preciso pagar|falta)|(?:tenho|preciso|devo) (?:que |de )?pagar|a pagar|para pagar|pendentes?|quitar"
            r"|em aberto|devo"
        ),
        "open": (
            r"abert[oa]s?|atual|atualmente|corrente|parcial|agora|em andamento|esta (?:em|dando)|vai (?:vir|dar|ser"
            r"|fechar)|proxim[oa]|que vem|no momento|ate agora|em formacao|nova"
        ),
        "closed": (
            r"fechad[oa]s?|fechou|anterior|ultim[oa]|passad[oa]|veio|venceu|vencid[oa]|vence|vencendo|vencimento"
            r"|que fechou|encerrad[oa]|deu"
        ),
        "due": r"vence|vencem|vencimento|venceu|dia d[eoa] vencimento",
        "limit": r"limites?(?: livre| disponivel| restante| de credito)?(?: disponivel)?",
        "instalments": r"parcelas?|prestacoes|prestacao|parcelad[oa]s?|parcelamentos?|parcelei|parcelamos",
        "subscriptions": r"assinaturas?|mensalidades?|recorrentes|recorrencias?|assino|assinad[oa]s?",
        "invested": (
            r"investi|investid[oa]s?|investimentos?|aplicad[oa]s?|aplicacoes|aplicacao"
            r"|carteira(?: de investimentos?)?|cdbs?|acoes|tesouro(?: direto| selic)?|fundos?(?: imobiliarios?)?"
            r"|fiis?|renda fixa|renda variavel|previdencia privada|lci|lca|criptos?|corretora"
        ),
        "worth": (
            r"posicao (?:consolidada|financeira|geral|patrimonial|total)"
            r"|patrimonio(?: liquido| total)?|ativos?(?: liquidos?| totais)?|bens"
            r"|riqueza|fortuna|valho|tudo que (?:eu )?tenho|(?:tenho|possuo) (?:em tudo"
            r"|de tudo|somando tudo|no geral|juntando tudo)|todo (?:o )?meu dinheiro"
        ),
        "debts": (
            rf"devendo|dividas?|devo{_MODAL}|endividad[oa]|endividamento|debito total|emprestimos que tenho"
            r"|saldo devedor|passivos?|devedor|(?:o )?tamanho d[aeo]s?(?= minhas? dividas?)"
            r"|emprestad[oa] (?:d[oe] banco|em aberto)"
        ),
        "forecast": (
            r"ficar|fechar|terminar|acabar|previsao|prever|projecao|estimativa|sobrar|sobrara|vai faltar|faltar"
            r"|no azul|no vermelho|vou ter|vou gastar|vou receber|vai ter|terei|ficar (?:no )?(?:azul|vermelho"
            r"|negativo|positivo|zerad[oa])|negativ[oa]|azul|vermelho|chegar ao fim|chego ao fim|ate o fim|aguenta"
            r"|dura(?:r)?|daqui a|proximos? dias|mes que vem|semana que vem|aperto|apertad[oa]"
        ),
        "allowance": (
            r"(?:posso|podemos|da para|daria para|consigo|poderia|ainda tenho para|tenho para|sobra para|sobrou para"
            r"|tenho livre para|resta para|disponivel para|livre para|sobrando para|dinheiro para"
            r"|falta para) (?:ainda )?(?:gastar|torrar)|pode ser gasto|gastar por dia|quanto posso"
        ),
        "budget": r"orcamentos?|metas?|teto|budget",
        "balance": (
            r"saldos?|(?:grana|dinheiro|dindim|bufunfa|dinheirinho|graninha|tutu|cascalho|trocados?)|disponivel|em conta"
            r"|na conta|nas contas|em caixa"
        ),
        "have": r"tenho|temos|tem|ha|possuo|sobrou|resta|restou|ficou|esta",
        "saved": (
            r"guardad[oa]s?|guardei|caixinhas?|cofrinhos?|reservas?(?: de emergencia)?|poupad[oa]|economizad[oa]"
            r"|poupei|economias|juntei|juntad[oa]|porquinhos?"
        ),
        "fresh": (
            r"atualizad[oa]s?|atualizou|atualizaram|atualizacao|sincroniz\w+|desatualizad[oa]s?|defasad[oa]s?"
            r"|syncs?|synced|sincs?|sincronia|resync|timestamps?|refresh|updates?"
            r"|dados d[eoa]|de quando sao|dados sao|idade d[oa]s dados"
            r"|ate quando (?:vao|vai|tem|estao|sao)(?: \w+){0,3} dados|dados (?:vao|estao|sao) ate"
            r"|recentes? (?:sao|estao) (?:os|meus) dados"
        ),
        "fees": (
            r"_ (?:ja )?me (?:cobrou|cobra|cobraram|tirou|descontou|comeu|levou|mordeu|tomou|arrancou)"
            r"|(?:o |meu )?banco (?:ja )?(?:me )?(?:cobrou|cobra|tirou|levou|comeu|mordeu|tomou|descontou|arrancou)"
            r"|bancos (?:me )?(?:cobraram|cobram)|cobrou de (?:taxa|tarifa)s?|taxas?|encargos"
        ),
        "excluding": (
            r"sem contar(?: com)?|sem|tirando|fora|exceto|excluindo|menos o|menos a|desconsiderando|descontando"
            r"|alem d[eoa]"
        ),
        "not": r"nao|nunca|jamais|nem",
        "future": r"amanha|que vem|proxim[oa]s?|futuro|vou|vamos|irei|sera|serao|gastarei|pagarei|receberei",
        "others": (
            r"(?:minha|meu) (?:mae|pai|esposa|marido|mulher|namorad[oa]|filh[oa]|irmao|irma|chefe|amigo|vizinho"
            r"|socio)|gastou|gastaram|ganhou|ganharam|perdeu|ganha|ganham|recebe|recebeu|receberam|comprou|compraram"
            r"|gasta|gastam|brasileiro|as pessoas"
        ),
    }.items()
}  # fmt: skip

#: How much for each of something: before a period is looked for, for *por mês* is none.
RATES: Final[dict[str, re.Pattern[str]]] = {
    "average": _whole(r"(?:por|ao|a cada|cada|todo) mes|todos os meses|mes a mes|(?:de )?um mes"),
    "per_week": _whole(r"(?:por|a cada|cada|toda) semana|toda semana"),
    "per_day": _whole(r"(?:por|ao|a cada|cada|todo) dia(?! \d)"),
    "by_account": MARKERS["by_account"],
    "which": _whole(
        r"(?:em que|(?:em |n[oa] )?(?:qual|quais))(?: foi)?(?: d?o)? (?:mes(?:es)?|semana|ano|deles|dos dois"
        r"|delas|desses|periodo)"
        r"|(?<!mais )(?<!menos )(?<!maior )(?<!menor )(?<!do )que mes(?:es)?(?! passado| retrasado| anterior| que vem)"
        r"|(?:o )?mes(?:es)?(?= (?:em )?que (?:eu )?(?:mais|menos|gast|receb|pagu|compr)"
        r"| (?:com|de) (?:mais|menos|maior|menor)"
        r"| mais (?:caro|gast\w+|pesad[oa]|barato|economic\w+|salgad[oa]))"
        r"|(?:em que|(?:em |n[oa] )?qual)(?: foi| e)? (?:o )?dia(?= (?:\w+ ){0,4}(?:mais|menos|maior|menor)(?!\S))"
    ),
}

#: *O fim do mês* of which a forecast speaks; no days of the past.
#: Verbs of the first person: whoever uses one speaks of own money.
OWN_VERBS: Final = _whole(
    r"gastei|gastamos|paguei|pagamos|comprei|compramos|recebi|recebemos|ganhei|mandei|enviei|transferi|torrei"
    r"|deixei|saquei"
    r"|abasteci|pedi|gasto|pago|recebo|me mandou|me pagou|me enviou|me transferiu|fui cobrado"
)
#: Words that are a verb or say how: no name ends like these.
NO_NAME: Final = re.compile(
    r"\w{2,}(?:ando|endo|indo|mente|avam?|aram|eram|iram|assem?|esse|isse|ei|ou)|(?:dess|dest|nel|del)[aeo]s?"
)

MONTH_END: Final = _whole(
    r"(?:(?:ate|para|no|ao|o|a) )*(?:fim|final|virada) d[eo] (?:este |esse )?(?:mes|ano)(?! passado)"
    r"|ate (?:acabar?|virar?|fechar?|terminar?) (?:este |esse |o )?mes|ate (?:este |esse |o )?mes (?:acabar?|virar?|fechar?)"
    r"|(?:este |esse |o )?mes (?:que vem|seguinte)|proximo mes"
)

#: Days that we do not know the date of.
UNDATED: Final = _whole(
    r"(?:(?:n[oa]|d[oa]|em) )?(?:feriad(?:o|ao)|carnaval|pascoa|reveillon|ano novo|dia d[aeo]s? (?:maes|pais"
    r"|criancas|namorados))|(?:a|de|da|na|pela) (?:noite|tarde|manha|madrugada)|de (?:1 |uns |algum )?tempos? para ca"
    r"|de la para ca"
)
