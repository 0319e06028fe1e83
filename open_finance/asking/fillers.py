"""Words that say nothing about what is asked: who left them out would ask the same. Tables only.

What is left of a question and is none of them may be a name, a person, a day: then the reading is not sure.
"""

from __future__ import annotations

import re
from typing import Final

from open_finance.asking.word_sets import word_set

_AR: Final = "ar a e o as ei ou amos am em ando ado ada ados adas aria asse ava armos arem aram aremos arei"
_ER: Final = "er e a o es i eu emos em endo ido ida eria esse ermos erem eram"
_IR: Final = "ir e a o es i iu imos em indo ido ida iria isse irmos irem iram"


def _forms(stems: str, endings: str) -> set[str]:
    return {f"{stem}{ending}" for stem in stems.split() for ending in endings.split()}


#: Verbs of speech and of thought, of looking and of reckoning.
_VERBS: Final = frozenset(
    _forms(
        "fal cont mostr inform explic calcul verific confirm levant apur pesquis procur busc olh pux ajud gost precis tent "
        "pens ach imagin analis avali list detalh cit relat coment pergunt consider reconsider desej necessit aguard esper "
        "avis cham inici deix consegui lev abord analiz cheg apresent indiqu solicit demonstr contabiliz totaliz som anot "
        "relacion elenc enumer",
        _AR,
    )
    | _forms("respond entend sab quer pod dev compreend pretend faz escolh resolv conhec", _ER)
    | _forms("descobr confer consegu ped diz inclu permit ouv", _IR)
    | word_set(
        "diga digo dito disse disser disseram saiba saber soube explique verifique confira descubra pesquise procure "
        "busque puxe ajude queria quero queira possa poderia pudesse consiga traz traga trazer trouxe faco faca facam "
        "elenque elenquem considere ve veja vejo vendo viu olha olhe gostaria indique responda mande mostre liste "
        "comi bebi assisti "
        "dormi vesti vivi li ouvi almocamos jantamos lanchamos lanchei comemos bebemos assistimos viajamos fomos "
        "estivemos estive passamos andamos "
    )
) - word_set("conta contas cheque sabado deve devo deva devi deveu devido devida pede")
#: Adverbs, conjunctions, interjections and what people are called.
_SAID: Final = word_set(
    "caro caros cara carissimo barato baratos grande grandes pequeno pequenos bom boa bons boas "
    "porem contudo todavia entretanto enfim alias inclusive tampouco talvez ali aca acola quase cerca ne tah uai "
    "bah tche oxe oxente vixe eita poxa puxa ue opa ops hum hmm hm ahn ah eh oh ih so cara mano mana brother bro "
    "parca vei veinho velho fera favor gentileza licenca obrigado obrigada brigado brigada grato grata agradeco "
    "agradecido desculpa desculpe perdao escuta escute espera pera perai calma beleza ok okay certo certinho "
    "direitinho bonitinho rapidinho rapido rapidao urgente logo mesmo mesmos mesma mesmas ja agora portanto logo "
    "pois porquanto caso senao tal tais tanto tanta cujo cuja sendo qualquer quaisquer demais bem mal melhor pior "
    "assim bastante demasiado curiosidade duvida pergunta ideia nocao interesse favorzinho gentilmente "
    "cordialmente atenciosamente bjs abs abraco deveras quica oi ola alo eai fala iai salve tipo assim sabe "
    "bao slk slc mds pqp vish vixi credo misericordia entende viu sacou tendeu haha kkk kkkk rs rsrs "
)
#: What a sum is called: it stays the same sum.
_OF_SUMS: Final = re.compile(
    r"(?:consolidad|acumulad|brut|liquid|exat|aproximad|complet|detalhad|inteir|somad|efetiv|respectiv|determinad"
    r"|referid|mencionad|propri|individua|certinh|exatinh|todinh|inteirinh|ocorrid|realizad|efetuad|registrad"
    r"|lancad|contabilizad|apurad|desembolsad|absolut|redond|pur|just|correspondent|referent|relativ"
    r"|agregad|levantad|concretizad|executad)(?:[oae]s?|is|l)"
    r"|total|totais|totalzinho|geral|gerais|global|globais|somatorio|montante|balanco|panorama|visao|relatorio"
    r"|resumo|resuminho|apanhado|levantamento|consulta do|numeros?|figura|cifra|quantia|quantias|importancia|custo|tamanho"
)
#: How verbs end: of what somebody does, did, or is doing.
_VERBAL: Final = re.compile(r"\w{3,}(?:amos|emos|imos|aremos|assem|ssemos|mente)|\w{2,}(?:ando|endo|indo)")


#: Words that join others and say nothing by themselves.
STOP: Final = word_set(
    "gastar pagar receber comprar torrar enquanto usar usando utilizar "
    "bolso assinar separa separe separado divide dividido valem kd cade relatorio resumo so fora estou "
    "pouquinho orcado "
    "fala fale falar diz diga dizer informe informa chega embora esses essas estes estas aqueles aquelas sei "
    "sabe queria quero sera "
    "pode poderia posso consigo consegue vi ver vejo acho achei lembro lembrar entender hora momento "
    "recentemente acaso comeco sempre "
    "nunca outro outra outros outras mesmo mesma alguns algumas bastante demais caramba cara tipo oque deu da "
    "dao valor ficou fica "
    "nela nele nelas neles dela dele delas deles tao juntas juntos junta junto jeito mediante referente "
    "relativo quanto cujo "
    "respectivamente mostra modo forma caso pois entao assim depois antes tipo casa relacao respeito sobretudo "
    "principalmente "
    "quao quem tive conseguir tanto preciso vem "
    "livre disponivel sobra sobrou resta restante usado fim final inicio existe existem houve saber favor tanta "
    "tantos tantas "
    "somar algo certo certa "
    "a o as os um uma uns umas de do da dos das em no na nos nas com por para ao aos pelo pela pelos pelas e ou que "
    "se eu me meu minha meus minhas nosso nossa nossos nossas isso isto esse essa este esta aquele aquela eles elas "
    "ele ela foi foram e era ser sido tem tenho tinha ha so somente apenas tudo todo toda todos todas ainda ja la "
    "aqui ai muito muita pouco ano mes dia semana conta contas dinheiro grana reais real coisa coisas vez vezes "
    "valor total gente nos mim comigo sobre entre ate desde durante qual quais quanto quantos quantas quanta como "
    "onde quando porque mais menos pra pro ter feito fazer fiz faco fez estou estava estao voce senhor tipo geral "
    "inteiro inteira lancamento lancamentos transacao transacoes movimentacao movimentacoes pedido pedidos corrida "
    "corridas item itens produto produtos app aplicativo banco bancos cartao cartoes credito debito loja lojas "
    "compra compras assinatura assinaturas mensalidade viagens servico servicos plano planos diferentes cada ida "
    "idas pessoa pessoas alguem alguma algum qualquer junto dessa desse fisico virtual final periodo data mim "
    "tambem dados novo novamente agora so tanto feita feitas feitos proprio propria geralmente vou ir indo fora "
    "parte "
)
PREPOSITIONS: Final = word_set("de do da dos das em no na nos nas com para ao aos pelo pela pelos pelas por a o as os ")
#: Between the words of one name.
INNER: Final = frozenset({"de", "da", "do", "dos", "das"})


def is_filler(word: str) -> bool:
    """Whether a folded word that nothing else explains changes nothing in a question."""
    return (
        word in _VERBS or word in _SAID or _OF_SUMS.fullmatch(word) is not None or _VERBAL.fullmatch(word) is not None
    )
