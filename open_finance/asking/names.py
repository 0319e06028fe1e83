"""Names of people, and what stands before them: *Sr. Bruno Lima*, *minha irmã Ana*, *dona Maria*."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from open_finance.asking.word_sets import word_set

#: First names and the like: no mistyped words, whatever they look like.
NAMES: Final = word_set(
    "adriana adriano alice aline amanda ana anderson andre andrea antonia antonio arthur augusto beatriz bianca "
    "bruna bruno caio camila carla carlos carmo carolina caroline cecilia celia celso cesar cintia clara claudia "
    "claudio cristiane cristina daniel daniela danilo davi debora diego edson eduarda eduardo elaine eliane elias "
    "emerson enzo erica fabiana fabio felipe fernanda fernando flavia flavio francisca francisco gabriel gabriela "
    "giovana guilherme gustavo heitor helena henrique hugo igor isabel isabela isadora ivan jaqueline jean jessica "
    "joana joao joaquim jonas jorge jose josefa juliana julia julio junior karina katia lara larissa laura leandro "
    "leonardo leticia livia lorena luana lucas lucia luciana luciano luis luiz luisa luiza manuela marcela marcelo "
    "marcia marcio marco marcos maria mariana marina mario marta mateus matheus mauricio mauro michele miguel "
    "milena monica natalia nicolas olivia otavio patricia paula paulo pedro priscila rafael rafaela raquel regina "
    "renan renata renato ricardo roberta roberto rodrigo rogerio rosa rosana rosangela samuel sandra sara sergio "
    "silvia silvio simone sofia sonia sophia tatiana thais thiago tiago valentina valeria vanessa vera vicente "
    "victor vinicius vitor vitoria viviane wagner wesley william yasmin marisa mirela ramon regiane salete lima "
    "souza silva santos oliveira costa pereira alves ferreira rocha barbosa castro moura nunes ramos cardoso "
    "teixeira borges lopes mendes moreira gomes dias duarte freitas batista campos carvalho martins araujo melo "
    "ribeiro vieira marques machado reis peres "
    "maira maisa elisa heloisa eloa lorenzo theo ravi noah gael benicio anthony kaua kauan ryan nathan nicole lais "
    "tais iara jussara janaina josiane rosilene valdir valdemar gilson gilmar gilberto geraldo genilson edilson "
    "edmilson edna ednaldo evandro everton ezequiel ellen erick fabricio fatima gisele gislaine graziela hellen "
    "ingrid irene isaac isis israel itamar jair jamile jefferson joelma jonathan josue karen kelly keila kevin "
    "laercio lauro leila leonor lidia lilian liliane lucelia lucilene luciene luma madalena magda maicon manoel "
    "mara marcelly marcilio margarete marilda marilene marlene marli marlon matilde melissa mirian moises nadia "
    "nair natan neide nelson neusa nilton nilza nivaldo odair olga orlando armando osmar osvaldo otto pablo rebeca "
    "reginaldo rita robson romulo ronaldo rosemary rubens ruth sabrina samara sandro saulo selma sheila shirley "
    "silvana sidnei solange stefany suelen suely suzana tadeu talita tamara tarcisio telma tereza tulio ulisses "
    "valter vania veronica vilma virginia wanda wanderley vanderlei wellington wilson yago yara yuri zelia zilda "
    "zuleide farias siqueira queiroz brito bezerra cavalcante xavier fonseca guimaraes macedo aguiar andrade "
    "antunes assis azevedo barros bastos camargo chaves coelho correia couto cunha dantas esteves figueiredo garcia "
    "maciel magalhaes medeiros menezes miranda monteiro moraes morais nascimento neves nogueira novaes pacheco "
    "padilha paiva peixoto pimentel pinheiro pires queiros rangel resende rezende roque sampaio tavares toledo "
    "valadares vargas vasconcelos veloso viana vilela clarisse berenice "
)

#: Before a name, never part of one that a bank writes.
_TITLES: Final = word_set(
    "sr sra srta sro dr dra doutor doutora prof profa professor professora senhor senhora senhorita exmo exma ilmo ilma "
    "irmao irma primo prima cunhado cunhada sobrinho sobrinha filho filha amigo amiga colega "
    "vizinho vizinha namorado namorada "
    "marido esposa esposo mae pai sogro sogra afilhado afilhada neto neta enteado enteada noivo noiva padrinho madrinha "
    "compadre comadre pastor parceiro parceira socio socia chefe mano mana "
)
#: Shops are called so, too: *Dona Maria Bolos*.
_OF_SHOPS: Final = word_set(
    "dona seu tia tio vo vovo padre frei mestre mestra chef nega nego titia titio sinha sao santa d"
)
_OWN: Final = frozenset({"meu", "minha", "nosso", "nossa"})


def without_titles(words: Sequence[str]) -> list[str]:
    """Words without what stands before a person's name."""
    found: list[str] = []
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else ""
        if word in _TITLES and following in NAMES:
            if found and found[-1] in _OWN:
                found.pop()
            continue
        found.append(word)
    return found


def untitled(name: str) -> tuple[str, ...]:
    """``maria`` for ``dona maria``; nothing for a name that has no title."""
    first, _, rest = name.partition(" ")
    return (rest,) if rest and first in _OF_SHOPS | _TITLES and rest not in _OF_SHOPS else ()


def is_person(name: str) -> bool:
    """Whether a text begins with a name, or with a title before one."""
    first, *rest = name.split("|", maxsplit=1)[0].split()
    return first in NAMES or (first in _OF_SHOPS | _TITLES and bool(rest) and rest[0] in NAMES)
