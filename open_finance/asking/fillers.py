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
        "avis cham inici deix consegui lev abord analiz cheg apresent indiqu solicit demonstr contabiliz totaliz som anot",
        _AR,
    )
    | _forms("respond entend sab quer pod dev compreend pretend faz escolh resolv conhec", _ER)
    | _forms("descobr confer consegu ped diz inclu permit ouv", _IR)
    | word_set(
        "diga digo dito disse disser disseram saiba saber soube explique verifique confira descubra pesquise procure "
        "busque puxe ajude queria quero queira possa poderia pudesse consiga traz traga trazer trouxe faco faca facam "
        "considere ve veja vejo vendo viu olha olhe gostaria indique responda mande mostre liste comi bebi assisti "
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
    "entende viu sacou tendeu haha kkk kkkk rs rsrs "
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


def is_filler(word: str) -> bool:
    """Whether a folded word that nothing else explains changes nothing in a question."""
    return (
        word in _VERBS or word in _SAID or _OF_SUMS.fullmatch(word) is not None or _VERBAL.fullmatch(word) is not None
    )
