"""Names of people. A table only."""

from __future__ import annotations

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
