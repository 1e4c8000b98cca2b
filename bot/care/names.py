"""Names in Indonesian that customers and the desk read alike."""

from __future__ import annotations

# By the values of `payment_method` in the labels.
METHODS = {
    "atm": "ATM",
    "mobile_banking": "m-banking",
    "internet_banking": "internet banking",
    "virtual_account": "virtual account",
    "qris": "QRIS",
    "gopay": "GoPay",
    "ovo": "OVO",
    "dana": "DANA",
    "shopeepay": "ShopeePay",
    "linkaja": "LinkAja",
    "credit_card": "kartu kredit",
    "debit_card": "kartu debit",
    "paylater": "paylater",
    "convenience_store": "gerai",
    "teller": "teller bank",
    "bi_fast": "BI-FAST",
    "cash": "tunai",
}
