"""Units of measure and currencies: what each is called, and how many base units it holds."""

# Signs and codes before a sum, and words behind one. "$" alone is taken for US dollars.
CURRENCIES = {
    "$": "USD",
    "us$": "USD",
    "usd": "USD",
    "a$": "AUD",
    "c$": "CAD",
    "hk$": "HKD",
    "€": "EUR",
    "eur": "EUR",
    "£": "GBP",
    "gbp": "GBP",
    "¥": "JPY",
    "jpy": "JPY",
    "₹": "INR",
    "inr": "INR",
    "chf": "CHF",
    "cny": "CNY",
    "rmb": "CNY",
}
_CURRENCY_WORDS = {
    "USD": "dollar dollars",
    "EUR": "euro euros",
    "GBP": "sterling quid",
    "JPY": "yen",
    "CNY": "yuan renminbi",
    "INR": "rupee rupees",
    "KRW": "won",
    "CHF": "franc francs",
    "RUB": "ruble rubles rouble roubles",
    "BRL": "real reais",
    "MXN": "peso pesos",
    "SEK": "krona kronor",
}
_DAY = 24 * 3600.0
_MEASURES = {
    "length": {
        "m metre metres meter meters": 1.0,
        "km kilometre kilometres kilometer kilometers kms": 1000.0,
        "cm centimetre centimetres centimeter centimeters": 0.01,
        "mm millimetre millimetres millimeter millimeters": 0.001,
        "mi mile miles": 1609.344,
        "yd yard yards": 0.9144,
        "ft foot feet": 0.3048,
        "inch inches": 0.0254,
    },
    "area": {
        "m2 m²": 1.0,
        "km2 km²": 1e6,
        "ha hectare hectares": 1e4,
        "acre acres": 4046.856,
    },
    "mass": {
        "kg kgs kilogram kilograms kilo kilos": 1.0,
        "g gram grams": 0.001,
        "mg milligram milligrams": 1e-6,
        "t tonne tonnes ton tons": 1000.0,
        "lb lbs pound pounds": 0.45359237,
        "oz ounce ounces": 0.028349523,
    },
    "volume": {
        "l litre litres liter liters": 1.0,
        "ml millilitre millilitres milliliter milliliters": 0.001,
        "gallon gallons": 3.785412,
        "pint pints": 0.473176,
    },
    "duration": {
        "second seconds sec secs s": 1.0,
        "minute minutes min mins": 60.0,
        "hour hours hr hrs h": 3600.0,
        "day days": _DAY,
        "week weeks": 7 * _DAY,
        "month months": 365.25 / 12 * _DAY,
        "year years yr yrs": 365.25 * _DAY,
        "decade decades": 3652.5 * _DAY,
        "century centuries": 36525 * _DAY,
    },
    "speed": {
        "m/s": 1.0,
        "km/h kph kmh": 1 / 3.6,
        "mph": 0.44704,
        "knot knots kn": 0.514444,
    },
    "power": {
        "w watt watts": 1.0,
        "kw kilowatt kilowatts": 1e3,
        "mw megawatt megawatts": 1e6,
        "gw gigawatt gigawatts": 1e9,
        "hp horsepower": 745.7,
    },
    "energy": {
        "kwh": 1.0,
        "mwh": 1e3,
        "gwh": 1e6,
        "twh": 1e9,
    },
    "data": {
        "byte bytes": 1.0,
        "kb kilobyte kilobytes": 1e3,
        "mb megabyte megabytes": 1e6,
        "gb gigabyte gigabytes": 1e9,
        "tb terabyte terabytes": 1e12,
    },
    "%": {"% percent percentage pct": 1.0},
    "temperature": {"°c celsius centigrade": 1.0, "k kelvin": 1.0, "°f fahrenheit": 5 / 9},
}
# Degrees Celsius at which a scale has its zero.
ZEROS = {"°f": -32 * 5 / 9, "fahrenheit": -32 * 5 / 9, "k": -273.15, "kelvin": -273.15}

# Every name of a unit in lower case: its dimension, and how many base units it is.
UNITS: dict[str, tuple[str, float]] = {
    **{name: (code, 1.0) for name, code in CURRENCIES.items()},
    **{name: (code, 1.0) for code, names in _CURRENCY_WORDS.items() for name in names.split()},
    **{
        name: (dimension, factor)
        for dimension, units in _MEASURES.items()
        for names, factor in units.items()
        for name in names.split()
    },
}
UNITS |= {
    f"{square} {name}": ("area", factor**2)
    for square in ("square", "sq")
    for name, (dimension, factor) in tuple(UNITS.items())
    if dimension == "length"
}
# Names of two words.
UNITS |= {
    f"{first} {second}": UNITS.get(known, (known, 1.0))
    for first, second, known in (
        ("per", "cent", "%"),
        ("percentage", "point", "points"),
        ("percentage", "points", "points"),
        ("metric", "ton", "t"),
        ("metric", "tons", "t"),
        ("metric", "tonnes", "t"),
        ("degrees", "celsius", "°c"),
        ("degrees", "fahrenheit", "°f"),
        ("us", "dollars", "$"),
        ("u.s.", "dollars", "$"),
        ("american", "dollars", "$"),
        ("australian", "dollars", "a$"),
        ("canadian", "dollars", "c$"),
        ("japanese", "yen", "¥"),
        ("chinese", "yuan", "rmb"),
        ("british", "pounds", "£"),
        ("pounds", "sterling", "£"),
        ("indian", "rupees", "₹"),
        ("swiss", "francs", "chf"),
    )
}
