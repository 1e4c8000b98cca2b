"""What the made-up bookings are made of: names of many regions, routes, carriers, hotels."""

from __future__ import annotations

GIVEN_F = (
    "Sri", "Dewi", "Siti", "Ni Luh", "Ni Made", "Butet", "Cut", "Andi", "Maria", "Yohana", "Ratna", "Endah",
    "Fitri", "Nurul", "Theresia", "Lestari", "Mei Ling", "Halimah", "Rosdiana", "Wulan", "Ayu", "Intan",
)  # fmt: skip
GIVEN_M = (
    "Bima", "Agus", "Asep", "I Wayan", "I Made", "Ucok", "Teuku", "Daeng", "Yohanes", "Benny", "Joko", "Dadang",
    "Rizki", "Hendra", "Ahmad", "Muhammad", "Kevin", "Faisal", "Markus", "Obed", "Slamet", "Zulkifli",
)  # fmt: skip
FAMILY = (
    "Prasetyo", "Wahyuni", "Siregar", "Nasution", "Simanjuntak", "Hutapea", "Chaniago", "Tanjung", "Sudirja",
    "Kurniawan", "Suryadi", "Wijaya", "Halim", "Tanoto", "Manuputty", "Pattinasarany", "Wenda", "Kogoya",
    "Rumbiak", "Lumentut", "Mokoginta", "Pontoh", "Bakri", "Tenri", "Mappanyukki", "Ibrahim", "Alatas",
    "Assegaf", "Bangun", "Ginting", "Sembiring", "Ardana", "Suartika", "Dharmawan", "Hidayat", "Maulana",
    "Fauzi", "Nugroho", "Santoso", "Setiawan", "Rahman", "Usman", "Djafar", "Kalalo", "Ngantung", "Bulan",
)  # fmt: skip

AIRPORTS = {
    "CGK": ("Jakarta Soekarno-Hatta", "Asia/Jakarta"),
    "HLP": ("Jakarta Halim", "Asia/Jakarta"),
    "BDO": ("Bandung", "Asia/Jakarta"),
    "SUB": ("Surabaya", "Asia/Jakarta"),
    "YIA": ("Yogyakarta", "Asia/Jakarta"),
    "SRG": ("Semarang", "Asia/Jakarta"),
    "KNO": ("Medan", "Asia/Jakarta"),
    "PDG": ("Padang", "Asia/Jakarta"),
    "PKU": ("Pekanbaru", "Asia/Jakarta"),
    "PLM": ("Palembang", "Asia/Jakarta"),
    "BTJ": ("Banda Aceh", "Asia/Jakarta"),
    "PNK": ("Pontianak", "Asia/Jakarta"),
    "DPS": ("Denpasar", "Asia/Makassar"),
    "LOP": ("Lombok", "Asia/Makassar"),
    "UPG": ("Makassar", "Asia/Makassar"),
    "BPN": ("Balikpapan", "Asia/Makassar"),
    "MDC": ("Manado", "Asia/Makassar"),
    "KOE": ("Kupang", "Asia/Makassar"),
    "AMQ": ("Ambon", "Asia/Jayapura"),
    "DJJ": ("Jayapura", "Asia/Jayapura"),
}
# origin, destination, minutes in the air, usual price per seat
FLIGHTS = (
    ("BDO", "SUB", 80, 643_000), ("CGK", "DPS", 115, 1_120_000), ("CGK", "KNO", 140, 1_380_000),
    ("CGK", "SUB", 90, 890_000), ("CGK", "UPG", 145, 1_290_000), ("CGK", "PDG", 105, 980_000),
    ("CGK", "PKU", 105, 910_000), ("CGK", "PLM", 70, 620_000), ("CGK", "PNK", 90, 780_000),
    ("CGK", "BPN", 130, 1_190_000), ("HLP", "YIA", 70, 690_000), ("HLP", "SRG", 65, 640_000),
    ("SUB", "DPS", 60, 560_000), ("SUB", "LOP", 75, 730_000), ("SUB", "UPG", 95, 940_000),
    ("YIA", "DPS", 85, 820_000), ("KNO", "BTJ", 65, 710_000), ("UPG", "MDC", 100, 1_050_000),
    ("UPG", "AMQ", 100, 1_210_000), ("UPG", "DJJ", 205, 2_340_000), ("DPS", "KOE", 105, 1_160_000),
    ("DPS", "CGK", 115, 1_090_000), ("SUB", "BDO", 80, 655_000), ("KNO", "CGK", 140, 1_340_000),
)  # fmt: skip
AIRLINES = (
    ("Citilink", "QG"), ("Lion Air", "JT"), ("Garuda Indonesia", "GA"), ("Batik Air", "ID"),
    ("Super Air Jet", "IU"), ("Pelita Air", "IP"), ("Wings Air", "IW"), ("TransNusa", "8B"),
)  # fmt: skip

# origin code and name, destination code and name, minutes, price, train
TRAINS = (
    ("GMR", "Gambir", "SGU", "Surabaya Gubeng", 540, 560_000, "Argo Bromo Anggrek 4"),
    ("GMR", "Gambir", "YK", "Yogyakarta", 405, 430_000, "Taksaka 68"),
    ("GMR", "Gambir", "SLO", "Solo Balapan", 450, 460_000, "Argo Lawu 8"),
    ("GMR", "Gambir", "ML", "Malang", 720, 620_000, "Gajayana 36"),
    ("GMR", "Gambir", "CN", "Cirebon", 160, 205_000, "Argo Cheribon 24"),
    ("PSE", "Pasar Senen", "LPN", "Lempuyangan", 480, 240_000, "Progo 256"),
    ("PSE", "Pasar Senen", "SMT", "Semarang Tawang", 370, 210_000, "Tawang Jaya 262"),
    ("BD", "Bandung", "YK", "Yogyakarta", 430, 310_000, "Lodaya 78"),
    ("BD", "Bandung", "SGU", "Surabaya Gubeng", 640, 440_000, "Turangga 66"),
    ("SGU", "Surabaya Gubeng", "BWI", "Banyuwangi Kota", 390, 180_000, "Sri Tanjung 284"),
    ("SGU", "Surabaya Gubeng", "JR", "Jember", 240, 150_000, "Ranggajati 218"),
    ("ML", "Malang", "GMR", "Gambir", 720, 640_000, "Brawijaya 38"),
)
# hotel, city, room, price per night
HOTELS = (
    ("Griya Lembang Asri", "Bandung", "Superior Twin", 465_000),
    ("Pesona Malioboro", "Yogyakarta", "Deluxe King", 610_000),
    ("Tugu Pahlawan Inn", "Surabaya", "Standard Twin", 385_000),
    ("Ombak Sanur", "Denpasar", "Garden View", 920_000),
    ("Puri Sawah Ubud", "Gianyar", "Vila Satu Kamar", 1_450_000),
    ("Losari Breeze", "Makassar", "Sea View King", 740_000),
    ("Danau Toba Lodge", "Parapat", "Lake View Twin", 520_000),
    ("Jam Gadang Residence", "Bukittinggi", "Family Room", 580_000),
    ("Musi Riverside", "Palembang", "Superior King", 430_000),
    ("Bunaken Bay", "Manado", "Deluxe Twin", 690_000),
    ("Kota Lama Heritage", "Semarang", "Heritage King", 505_000),
    ("Gili Senja", "Lombok", "Bungalow", 1_180_000),
    ("Menteng Corner", "Jakarta", "Executive King", 985_000),
    ("Cendrawasih Hill", "Jayapura", "Superior Twin", 870_000),
)
BANKS = ("BCA", "Mandiri", "BRI", "BNI", "BSI", "CIMB Niaga", "Permata", "Jago", "Bank Jatim", "Bank Nagari")
WAYS = (
    ("atm", True), ("mobile_banking", True), ("internet_banking", True), ("virtual_account", True), ("bi_fast", True),
    ("qris", False), ("gopay", False), ("ovo", False), ("dana", False), ("credit_card", True),
    ("convenience_store", False),
)  # fmt: skip
PLACES_OF_TRANSFER = ("atm", "mobile_banking", "internet_banking", "bi_fast", "teller")
