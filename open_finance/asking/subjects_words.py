"""What people call the categories of spending and of income, and the shops that everybody knows. Tables only; folded.

A phrase stands for a group's name, a category's id, or several of them, and is read in the singular and in the plural.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from open_finance.asking import verbs_words
from open_finance.insights.taxonomy import FEES, INVESTMENTS, OTHERS, TAXES

#: Group or category ids (space between) → phrases (comma between). The longest phrase that fits counts.
SPENDING: Final[Mapping[str, str]] = {
    "Mercado": (
        "venda, vendinha, bodega, compras da casa, comida para casa, comida de casa, comida da casa, "
        "mercado, supermercado, hipermercado, feira, hortifruti, acougue, sacolao, quitanda, mercearia, atacadao, "
        "atacado, compras do mes, compra do mes, compra de mes, rancho, compras de casa, compras de mercado, "
        "atacarejo, peixaria, compras de supermercado, quitandas, frutas, verdura, legumes"
    ),
    "Restaurantes e delivery": (
        "restaurante e delivery, restaurantes e delivery, delivery e restaurante, comida, alimentacao, "
        "comer fora, comida fora, comer na rua, refeicao fora, "
        "refeicao, comidas, lanchonete e restaurante, bares e restaurantes, bar e restaurante, fome, comendo fora"
    ),
    "Transporte": "conducao, transporte, locomocao, mobilidade, deslocamento, transportes",
    "Moradia": "moradia, casa, habitacao, lar, apartamento, ape",
    "Contas da casa": (
        "contas da casa, contas de casa, conta de casa, contas de consumo, contas fixas, contas basicas, "
        "utilidades, contas domesticas, contas do mes"
    ),
    "Saúde e bem-estar": "saude, bem estar, saude e bem estar, cuidados pessoais, tratamento",
    "Educação": "educacao, estudo, estudos, ensino",
    "Lazer e assinaturas": (
        "lazer, diversao, entretenimento, lazer e assinaturas, rolê, role, roles, passeio e lazer, curticao, "
        "balada, festa, baladas, hobby, hobbies"
    ),
    "Compras": "shopping, comprinhas, compras em geral, compras em lojas, compras no shopping",
    "Viagem": "viagem, viagens, turismo, ferias, viajar, viajando",
    "Seguros": "seguro, seguradora",
    TAXES: "imposto, tributo, taxas do governo, impostos e taxas, leao",
    FEES: (
        "tarifas juros e emprestimos, tarifa e juros, juros e tarifa, tarifas e taxas, taxas e juros, "
        "taxas e tarifas, taxa do banco, taxas bancarias, taxas do banco, custos bancarios, encargos e tarifas, "
        "tarifas e encargos, juros e taxas, juros e encargos, gastos bancarios, despesa bancaria, taxa bancaria"
    ),
    INVESTMENTS: "aporte, aplicacao em investimento",
    "Transferências": "pix e transferencias, transferencias e pix",
    OTHERS: "outros, outras coisas, diversos, gastos diversos",
    "07010000": (
        "telefonia e internet, telecomunicacao, telefonia, telefone e internet, internet e telefone, "
        "internet e celular, celular e internet"
    ),
    "07010001": "internet, banda larga, wi fi, conta de internet, fibra, provedor",
    "07010002": (
        "celular, telefone, conta de celular, conta do celular, plano de celular, recarga, conta de telefone, "
        "plano do celular, telemovel, operadora, chip, recarga de celular, conta de celula"
    ),
    "07010003": "tv, tv a cabo, televisao, tv por assinatura",
    "07020001": "curso online, cursos online, curso, cursinho, aula online, aulas online",
    "07020002": "faculdade, universidade, mensalidade da faculdade, pos graduacao, graduacao, mba, facul",
    "07020003": "escola, colegio, mensalidade escolar, mensalidade da escola, mensalidade do colegio",
    "07020004": "creche, bercario, escolinha",
    "07030000": "bem estar e beleza",
    "07030001": "academia, ginastica, musculacao, crossfit, pilates, treino, yoga, mensalidade da academia, personal",
    "07030002": "esporte, natacao, futebol, futsal, tenis de mesa, luta",
    "07030003": (
        "salao, salao de beleza, beleza, cabeleireiro, cabelo, barbeiro, barbearia, manicure, unha, estetica, "
        "depilacao, corte de cabelo, sobrancelha, spa, massagem, cosmetico, maquiagem, salao e beleza"
    ),
    "07040000": "ingresso, evento, ingressos",
    "07040001": "estadio",
    "07040002": "passeio, parque, museu, zoologico, parque de diversao",
    "07040003": "cinema, show, teatro, cinema e show, filmes no cinema, concerto",
    "08010000": (
        "compra online, compras online, compras pela internet, compra pela internet, compras na internet, "
        "loja online, lojas online, compra na internet, marketplace"
    ),
    "08020000": "eletronico, eletronicos, informatica, computador, notebook, eletrodomestico, gadget",
    "08030000": (
        "pet, pets, pet shop, petshop, cachorro, gato, veterinario, racao, bicho, animal, animais, dog, doguinho, "
        "banho e tosa, bichinho"
    ),
    "08040000": (
        "roupa, vestuario, calcado, sapato, tenis, moda, roupas e calcados, roupas e sapatos, blusa, calca, vestido"
    ),
    "08050000": "brinquedo, crianca, bebe, fralda, infantil, coisas de crianca",
    "08060000": "livro, livraria",
    "08070000": "artigo esportivo, artigos esportivos, material esportivo",
    "08080000": "papelaria, material escolar, material de escritorio",
    "09010000": "jogo, game, games, videogame, jogos online, joguinho",
    "09020000 09030000": "streaming, streamings, servicos de streaming, streaming de filme e musica",
    "09020000": "streaming de filme, streaming de filmes, streaming de video, filmes e series, series",
    "09030000": "musica, streaming de musica, musicas",
    "11010000": (
        "restaurante, lanchonete, lanche, padaria, bar, cafe, cafeteria, almoco, jantar, pizzaria, hamburgueria, "
        "churrascaria, sorveteria, barzinho, boteco, bares, pizza, cerveja, cafezinho, fast food, hamburguer, "
        "happy hour, bebida, panificadora, doceria, confeitaria, acai, sushi, churrasco"
    ),
    "11020000": (
        "delivery, entrega de comida, comida por delivery, comida em casa, pedido de comida, comida pelo app, "
        "app de comida, apps de comida, deliverys, tele entrega, aplicativo de comida"
    ),
    "12010000": "passagem aerea, passagens aereas, passagem de aviao, aviao, voo, passagem, companhia aerea, aereo",
    "12020000": "hotel, hospedagem, pousada, hoteis, diaria, hostel, resort",
    "12030000": "milhas, milha, compra de milhas",
    "12040000": "onibus de viagem, passagem de onibus, rodoviaria",
    "13000000": "doacao, dizimo, caridade, oferta da igreja, igreja, vaquinha",
    "14010000 14020000": "aposta, apostas, bet, bets, jogo de azar, jogos de azar, apostando",
    "14010000": "loteria, mega sena, loterica, megasena, rifa, quina, lotofacil",
    "14020000": "aposta online, apostas online, apostas esportivas, aposta esportiva",
    "15010000": "imposto de renda, irpf, darf, ir",
    "16010000": (
        "tarifa da conta, tarifa de conta, pacote de servicos, cesta de servicos, manutencao da conta, "
        "tarifa do pacote, tarifa de manutencao, pacote do banco, taxa de manutencao"
    ),
    "16000000 16010000 16020000 16030000": (
        "tarifa, tarifa bancaria, tarifa do banco, tarifas bancarias, anuidade e tarifa"
    ),
    "16020000": "tarifa de saque, tarifa de ted, tarifa de transferencia",
    "16030000": "anuidade, anuidade do cartao, tarifa do cartao, tarifa de cartao",
    "02010000 02020000": (
        "juros, juro, juros e atraso, multa e juros, juros e multa, cheque especial, juros do cartao, "
        "juros do cheque especial, encargo, juros de atraso, rotativo, mora, juros do banco, juros do limite, "
        "atraso"
    ),
    "02000000 02030000": (
        "emprestimo, parcela do emprestimo, consignado, crediario, financiamento, parcela do financiamento"
    ),
    "02030001": (
        "financiamento da casa, financiamento imobiliario, prestacao da casa, financiamento do apartamento, "
        "parcela da casa, parcela do apartamento, prestacao do apartamento"
    ),
    "02030002": (
        "financiamento do carro, prestacao do carro, parcela do carro, financiamento da moto, parcela da moto"
    ),
    "02030003": "fies, credito estudantil, financiamento estudantil",
    "17010000": "aluguel, aluguel da casa, aluguel do apartamento, aluguel do ape, locacao, aluguer",
    "17020001": "agua, conta de agua, saneamento, agua e esgoto, esgoto, conta da agua",
    "17020002": (
        "luz, energia, conta de luz, conta de energia, energia eletrica, eletricidade, conta da luz, "
        "conta de energia eletrica, forca e luz, companhia de luz"
    ),
    "17020003": "gas, conta de gas, botijao, gas encanado, gas de cozinha, botijao de gas, conta do gas",
    "17030000": (
        "casa e decoracao, decoracao, movel, moveis, reforma, material de construcao, coisas para casa, "
        "construcao, obra, ferragem, coisas de casa, utensilio, moveis e decoracao, faxina, faxineira, diarista"
    ),
    "17040000": "iptu",
    "18010000": "dentista, odonto, ortodontista, aparelho, odontologia, dente",
    "18020000": "farmacia, remedio, drogaria, medicamento, remedios e farmacia, farmacias e remedios",
    "18030000": "otica, oculos, lente, lentes, lente de contato",
    "18040000": (
        "medico, exame, consulta, hospital, laboratorio, psicologo, terapia, fisioterapia, clinica, "
        "consulta medica, medicos e exames, medico e exame, psiquiatra, terapeuta, nutricionista, vacina"
    ),
    "19010000": (
        "taxi, taxi e app, app de transporte, aplicativo de transporte, corridas de app, corrida de app, "
        "carro de aplicativo, aplicativos de transporte, taxi e aplicativo, apps de transporte, "
        "transporte por aplicativo, transporte por app, carro de app, transporte de aplicativo, "
        "corrida de aplicativo"
    ),
    "19020000": (
        "transporte publico, onibus, metro, trem, bilhete unico, passe, bilhete, vale transporte, buzao, "
        "onibus e metro, metro e onibus, brt, vlt"
    ),
    "19030000": "aluguel de carro, carro alugado, locadora, alugar carro, locadora de carro",
    "19040000": "bicicleta, bike, patinete",
    "19050000 19050001 19050002 19050003 19050004 19050005 19050006": (
        "carro, automovel, veiculo, gastos do carro, moto, auto, gasto de carro, meu carro"
    ),
    "19050001": (
        "combustivel, gasolina, gasosa, etanol, alcool, diesel, posto, posto de gasolina, gnv, abastecimento, abastecer, "
        "posto de combustivel, tanque, combustiveis"
    ),
    "19050002": "estacionamento, zona azul, estacionar, vaga, valet",
    "19050003": "pedagio, tag de pedagio",
    "19050004": "ipva, licenciamento, ipva e taxas, dpvat, detran, documento do carro",
    "19050005": (
        "oficina, mecanico, manutencao do carro, revisao do carro, conserto do carro, pneu, lava jato, "
        "lava rapido, oficina mecanica, borracharia, conserto"
    ),
    "19050006": "multa, multa de transito, multas de transito",
    "200100000": "seguro de vida",
    "200200000": "seguro da casa, seguro residencial, seguro do apartamento",
    "200300000": "plano de saude, convenio, convenio medico, plano medico, seguro saude, plano odontologico",
    "200400000": "seguro do carro, seguro auto, seguro do automovel, seguro da moto, seguro de carro",
    "06020000": "pensao, pensao alimenticia",
}

#: The same of money that comes in.
INCOME: Final[Mapping[str, str]] = {
    "01010000": (
        "salario, salarios, ordenado, folha de pagamento, holerite, contracheque, pagamento do trabalho, "
        "remuneracao, pagamento da empresa, pro labore, adiantamento salarial, pagamento da firma, "
        "pagamento do servico, pagamento do emprego, pagamento do patrao, dinheiro da firma, dinheiro do trabalho, "
        "pagamento do meu trabalho, pagamento salarial, dinheiro da empresa, pagamento do trampo, soldo, "
        "pagamento da minha empresa, contra cheque, pagamento mensal da firma, vencimentos do mes, hollerith"
    ),
    "01020000": "aposentadoria, inss, previdencia social, beneficio do inss",
    "01030000": "negocio, negocio proprio, minha empresa, faturamento",
    "01040000": (
        "auxilio, bolsa familia, beneficio do governo, auxilio do governo, seguro desemprego, auxilio brasil, bpc"
    ),
    "01050000": "renda extra, freela, freelance, bico, freelancer, trabalho extra, renda avulsa, bicos",
    "03060000": (
        "rendimento, rendimentos, juros da poupanca, rendimento da poupanca, dividendo, dividendos, provento, proventos"
    ),
    "08090000": "cashback, cash back",
}

#: Texts to look for where money comes in and the tree has no category for it.
INCOME_TEXTS: Final[Mapping[str, str]] = {
    "13o|13|decimo terceiro": (
        "decimo terceiro, 13o salario, 13o, 13 salario, decimo terceiro salario, gratificacao natalina"
    ),
    "plr|ppr|participacao nos lucros": "plr, ppr, participacao nos lucros",
    "restituicao|receita federal": "restituicao, restituicao do imposto de renda, restituicao do ir",
    "fgts|saque aniversario": "fgts, saque aniversario",
}

#: What a row was done by, rather than what for.
OPERATIONS: Final[Mapping[str, str]] = {
    "PIX": "pix, via pix, por pix, pelo pix, em pix, no pix, transferencia pix, transferencias pix, chave pix",
    "TRANSFER": "transferencia, ted, doc, transferencia bancaria, transferencias bancarias",
    "SAQUE": (
        "saque, saques em dinheiro, saque em dinheiro, dinheiro vivo, dinheiro em especie, caixa eletronico, especie, "
        "saquei, sacamos, sacado, sacada, sacar, saque de dinheiro, caixa 24 horas, "
        "banco 24 horas, banco24horas, caixa 24h, tirei no caixa, "
        "tirei dinheiro, retirei dinheiro, retirei no caixa, retirada, retirada em dinheiro, tirei em dinheiro, "
        "tirei de dinheiro, saquei em dinheiro, saquei de dinheiro, retirada no caixa, retirada de dinheiro, "
        "saques no caixa, saque no caixa, tirei no caixa eletronico, retirei no caixa eletronico, saquei no caixa, "
        "saquei no caixa eletronico, saque no caixa eletronico, dinheiro no caixa eletronico, dinheiro do caixa eletronico, "
        "tirei do caixa, tirei do caixa eletronico, saques no caixa eletronico, tirei dinheiro no caixa eletronico, "
        "tirei dinheiro no caixa, saquei dinheiro"
    ),
    "BOLETO": "boleto, boleto bancario",
    "IOF": "iof",
}

#: Name shown → ways of writing it. None is a word that is also something else.
BRANDS: Final[Mapping[str, str]] = {
    "iFood": "ifood, i food, aifood, ifod",
    "Uber": "uber, ubers, uber trip",
    "Uber Eats": "uber eats, ubereats",
    "99": "99, 99app, 99 app, noventa e nove, 99 pop, 99pop, 99taxi",
    "Netflix": "netflix, netiflix",
    "Spotify": "spotify, spotfy, espotify",
    "Amazon": "amazon, amazom, amazon prime, amz",
    "Prime Video": "prime video",
    "Disney": "disney, disney plus, disney+",
    "HBO": "hbo, hbo max",
    "Max": "max streaming",
    "YouTube": "youtube, you tube, youtube premium",
    "Globoplay": "globoplay, globo play",
    "Deezer": "deezer",
    "Apple": "apple, icloud, apple music, apple tv",
    "Google": "google, google one, google play",
    "Microsoft": "microsoft, office 365, xbox",
    "PlayStation": "playstation, psn",
    "Steam": "steam",
    "ChatGPT": "chatgpt, openai, chat gpt",
    "Magazine Luiza": "magazine luiza, magalu, magazineluiza, luiza magazine",
    "Casas Bahia": "casas bahia, casa bahia",
    "Americanas": "americanas, lojas americanas",
    "Shopee": "shopee, shoppe, shope",
    "Mercado Livre": "mercado livre, mercadolivre, meli",
    "AliExpress": "aliexpress, ali express",
    "Shein": "shein, shen",
    "Renner": "renner",
    "Riachuelo": "riachuelo",
    "Zara": "zara",
    "Havan": "havan",
    "Leroy Merlin": "leroy merlin, leroy",
    "Carrefour": "carrefour, carrefur, carrefu",
    "Pão de Açúcar": "pao de acucar, paodeacucar",
    "Assaí": "assai",
    "Atacadão": "atacadao loja",
    "Sam's Club": "sams club, sam s club",
    "Oxxo": "oxxo",
    "Mambo": "mambo",
    "Zaffari": "zaffari",
    "Drogasil": "drogasil",
    "Droga Raia": "droga raia, drogaraia",
    "Pague Menos": "pague menos",
    "Panvel": "panvel",
    "Drogaria São Paulo": "drogaria sao paulo",
    "Shell": "shell, posto shell",
    "Ipiranga": "ipiranga, posto ipiranga",
    "Petrobras": "petrobras, posto petrobras",
    "Smart Fit": "smart fit, smartfit",
    "Bluefit": "bluefit, blue fit",
    "Gympass": "gympass, wellhub",
    "Enel": "enel",
    "Sabesp": "sabesp",
    "Copasa": "copasa",
    "Cemig": "cemig",
    "Copel": "copel",
    "CPFL": "cpfl",
    "Light": "light energia",
    "Neoenergia": "neoenergia",
    "Equatorial": "equatorial energia",
    "Comgás": "comgas",
    "Vivo": "vivo, conta da vivo",
    "Claro": "claro, claro celular",
    "TIM": "tim",
    "Oi Fibra": "oi fibra",
    "Rappi": "rappi, rapi",
    "Zé Delivery": "ze delivery",
    "McDonald's": "mcdonalds, mc donalds, mcdonald, mequi, mc, mc donald s",
    "Burger King": "burger king, bk",
    "Starbucks": "starbucks",
    "Outback": "outback",
    "Habib's": "habibs",
    "Coco Bambu": "coco bambu",
    "Subway": "subway",
    "Madero": "madero",
    "Cacau Show": "cacau show",
    "Udemy": "udemy",
    "Alura": "alura",
    "Duolingo": "duolingo",
    "Hotmart": "hotmart",
    "Airbnb": "airbnb, air bnb",
    "Booking": "booking",
    "Latam": "latam",
    "Gol": "gol linhas aereas, gol",
    "Azul": "azul linhas aereas",
    "Decolar": "decolar",
    "CVC": "cvc",
    "Buser": "buser",
    "Sem Parar": "sem parar",
    "ConectCar": "conectcar",
    "Veloe": "veloe",
    "Cobasi": "cobasi",
    "Petz": "petz",
    "Decathlon": "decathlon",
    "Centauro": "centauro",
    "Nike": "nike",
    "Adidas": "adidas",
    "Boticário": "boticario, o boticario",
    "Natura": "natura",
    "Sephora": "sephora",
    "Kalunga": "kalunga",
    "Tok&Stok": "tok stok, tok&stok",
    "Cinemark": "cinemark",
    "Ingresso.com": "ingresso com",
    "Unimed": "unimed",
    "Amil": "amil",
    "Hapvida": "hapvida",
    "Porto Seguro": "porto seguro",
    "QuintoAndar": "quinto andar, quintoandar",
    "OLX": "olx",
    "Enjoei": "enjoei",
    "Tinder": "tinder",
    "Bet365": "bet365",
    "Betano": "betano",
    "Cabify": "cabify",
    "inDrive": "indrive, indriver",
    "Extra": "mercado extra, hipermercado extra",
    "Swift": "swift",
    "Natural da Terra": "natural da terra",
    "Canva": "canva",
}

#: Spending by a verb.
VERBS: Final = verbs_words.VERBS
