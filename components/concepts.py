"""What words mean in a travel company's chat: some 2,500 forms (everyday, regional, English) to 150 ideas.

A classifier that has seen "kedebet" but never "kesedot" knows that both take money, if somebody tells it. A word is
looked up as it is, then without the endings and beginnings that Indonesian, Javanese and Sundanese put on it.
Forms joined by "_" are phrases. Idea names are short because they become features.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

LEXICON: Final = """
NEG: tidak tak gak ga gk g ngga nggak enggak engga ngak gag kagak kaga kgk ndak nda ndk ora ra teu henteu hente teuing bukan bukannya tdk tiada no not dont don't doesn't didn't isn't wasn't haven't hasn't cant can't couldn't won't never nothing without tanpa nol zero nihil dudu lain sanes ogah emoh ndakik kagak dak idak indak inda orak mboten durung_iso gabisa gbs gaada gada gaisa gabs gamau gajadi gausah gaush tidakada gatau g4k tara tra trada trabisa gaboleh
NOTYET: belum blm blom belom blum durung dereng acan tacan teuacan not_yet yet belumpi
ALREADY: sudah udah udh sdh dah uda wis wes uwis atos geus parantos already telah sampun
STILL: masih msh isih masi still keneh tetap tetep ttp terus_aja
JUST: baru barusan br tadi anyar just
WANT: mau mo pengen pingin ingin hoyong hayang arep pgn pengin kepengen minta mnta mnt njaluk nyuwun want wanna need butuh perlu menta mohon mhn tolong tlg please plis pliss pls plz punten_bade mangga bade wants would_like i'd_like ingin_mengajukan kepingin mauka mau_ka kepengin
CAN: bisa bs bsa iso isa tiasa bisakah dapat can could boleh blh kuwawa dapatkah bolehkah mampu kena able possible
CANNOT: gabisa gbs tdkbisa cant can't couldn't mustahil gagal gagel failed fail fails cannot unable trabisa mboten_saged ora_iso ra_iso gak_iso teu_tiasa teu_bisa
WHY: kenapa knp napa ngapa kok ko koq mengapa naha kunaon ngopo kenopo why apasebab sebab alasan alesan alasannya penyebab reason lha nyapo opoo ngapain how_come apa_sebabnya kunaha sebabnya
HOW: gimana gmn gmna bagaimana caranya cara piye kepriye kumaha how prosedur tutorial panduan langkah step gimn pripun cemana macammana macam_mana
WHEN: kapan kpn iraha when kapankah bila
WHERE: dimana dmn mana where kemana neng_endi dimn ningendi di_mana
HOWLONG: berapa_lama brp_lama berapa_hari brp_hari brp_lm berapa_jam brp_jam lama_lagi brp_menit berapa_menit how_long masih_lama sampai_kapan sampe_kapan nepi_iraha berapa_minggu estimasi eta prakiraan perkiraan paling_lambat butuh_waktu
HOWMUCH: berapa brp piro sabaraha how_much pinten brapa brpa how_many
WHAT: apa opo naon what apakah apaan apanya apasih opotoh
WHICH: yang_mana which mana_yang
WHO: siapa sopo saha sp who siapakah
QUES: kah apakah adakah bisakah benarkah sudahkah betulkah mungkinkah nanya tanya bertanya nanyain takon nanyakeun tanyakan menanyakan ask question pertanyaan ingin_tahu mau_tau mau_tahu pengen_tau info informasi infonya penjelasan jelasin jelaskan inquire
SAYA: saya sy sya aku ak gw gue gua ane kulo abdi urang inyong awak beta ambo aing kita kami kitorang i me my kula ana sayah akuh
YOU: kalian kamu anda kau lu lo elu elo situ sampeyan panjenengan anjeun maneh ente saudara kelen you your
PAY: bayar byr bayarnya membayar dibayar pembayaran bayaran byrnya payment pay paid pays lunas lunasin lunasi pelunasan dilunasi melunasi nglunasi mbayar bayarin kubayar kebayar terbayar mayar dibayarkan bayarkan dibayarin settle settled naur bayarmi bayarka mbayari bayarmo bayare
TRANSFER: transfer tf trf tfan transferan ngetransfer ditransfer ditf kutransfer trensfer tranfer tranfer_an kirim_uang setor setoran nyetor disetor setorkan mentransfer kutf ntransfer tfnya trnsfer transferred wire
TOPUP: topup top_up isi_saldo ngisi_saldo top-up isiin
MONEY: uang duit duwit duid dana fulus money fund funds saldo saldonya balance cuan artos acis arto pitih hepeng yen_duit uangnya duite duitku uangku doi doiku duitnya doku gaji tabungan nominal rupiah perak seperak doe dhuwit kepeng
BILL: tagihan tagihannya invoice bill billing nagih ditagih tertagih menagih tagihane tagih total totalnya nominalnya jumlah jumlahnya grand_total rincian nota
MATCH: sesuai cocok sama pas match matching sinkron klop persis identik sesuaikan
DIFFER: beda berbeda selisih berubah bedanya different difference mismatch bentrok bedo geseh beda2 tidak_sama gak_sama tdk_sesuai gak_cocok nggak_sesuai tidak_cocok kelebihan lebih kurang kurangnya kekurangan kelebihannya lebihnya selisihnya naik nambah bertambah ketambahan selisihipun dilebihin dikurangi kurangan kelebihen
LESS: kurang kurangnya kekurangan short underpaid kurangan nombok nombokin kurangi tekor kekurangannya
MORE: kelebihan overpaid lebihnya kelebihannya lebih_bayar kelebihan_bayar
UNIQUE: kode_unik unik digit angka_unik 3_digit digit_terakhir angka_belakang tiga_angka buntut ekor unique_code receh recehan nomor_unik
FEE: biaya admin adm fee charge surcharge layanan_biaya ongkos pajak tax ppn service_charge convenience_fee biayanya asuransi insurance tambahan fee_nya
CONFIRM: konfirmasi terkonfirmasi dikonfirmasi confirm confirmed terverifikasi verifikasi diverifikasi kekonfirm verified kedetek kedeteksi terdeteksi detect detected terbaca kebaca terdata kedata kecatat tercatat ketrima diterima accepted sinkron update terupdate keupdate ketahuan masuk_sistem kebacanya acc di_acc approve approved disetujui
WAITPAY: menunggu_pembayaran waiting_payment waiting_for_payment nunggu_pembayaran menunggu_bayar unpaid pending awaiting menunggu_konfirmasi belum_dibayar blm_dibayar belum_lunas blm_lunas menunggu_pelunasan belum_bayar blm_bayar awaiting_payment waiting pending_payment tunggu_pembayaran menunggu_verifikasi ngenteni_pembayaran nungguan_pembayaran suruh_bayar disuruh_bayar minta_bayar dimintai_bayar harus_bayar sedang_diverifikasi
STATUS: status statusnya statuse keterangan state progres progress tahap sampai_mana sampe_mana nyampe_mana tekan_endi nepi_mana perkembangan perkembangannya kabar kabarnya update updatenya update_nya kelanjutan nasib statuspun statusnyo
MUTASI: mutasi rekening_koran struk struknya kuitansi m-banking_tercatat bank_statement statement notif_bank riwayat
DEDUCT: kepotong terpotong potong dipotong kedebet terdebet didebet debet debit kedebit terdebit didebit ditarik kesedot tersedot disedot motong charged deducted ketarik nyedot potongan pemotongan pendebetan pendebitan kecharge kecas tercharge digesek kegesek berkurang sedot raib keambil dipotongi kepotongnya autodebet auto_debet penarikan narik tarik lenyap ludes
DOUBLE: dobel double dua_kali 2x dua2nya 2_kali duakali ganda rangkap kembar berkali dobelan dublikat duplikat twice kaping_pindho dua_transaksi duplicate tiga_kali 3x 3_kali triple berulang kedobelan pindho dobol dua_pesanan ping_pindo duplicated lagi_padahal kaping_pindo dua_x tripel
TICKET: tiket tiketnya ticket tickets tix eticket e-ticket etiket e-tiket tiketku karcis boarding_pass pnr tkt tiketnyo tikete tiketna nomor_tiket kode_booking_kereta tiketmu ticketnya tikét tiketta
VOUCHERHOTEL: voucher_hotel vocer_hotel voucher_menginap hotel_voucher
ISSUE: terbit terbitnya diterbitkan issued issue isued diissue isyu nerbitin terbitkan keluar kluar metu medal kaluar nongol muncul mucul turun_tiket dicetak kecetak tercetak generate digenerate cetak jadi_tiket kirim dikirim terkirim nerima nyampe sampe diterima masuk terbitin released metune
RECEIVE: masuk mlebu asup diterima nerima trima terima nyampe dapet dapat dpt dpet olih oleh narima received receive sampai sampe tiba nyampai kedapetan mendarat cair dicairkan cairnya cairin pencairan turun landing ketompo meunang
REFUND: refund refun refunds refundnya refundan refunded direfund merefund rifan reefund ripan repun refand refundku refund2 pengembalian pengembaliannya dikembalikan dikembaliin balikin dibalikin balik balikan mbalik mulih kembali kembalikan kembaliin balekno dibalekno baliknya balek pulangin uang_balik duit_balik uang_kembali dana_kembali reimburse reimbursement balikkeun dipulangkeun baleni refundne ngembaliin ngembalikan mengembalikan pengembalian_dana deposit ngerefund refundna wangsul diwangsulkeun return
PART: sebagian separo separuh setengah cuma_balik hanya_dikembalikan cuma_dapet cuma_dpt dapet_cuma hanya_menerima cuman persen percent % partial sebagean disunat sunat dipangkas potongannya dipotong_lagi secuil sepertiga seuprit gak_full ga_full tidak_penuh kurang_dari gak_utuh ga_utuh penuh full utuh 100 100%
DENDA: denda penalti penalty pinalti hangus_semua charge_batal biaya_batal biaya_pembatalan cancellation_fee administrasi_batal biaya_refund
COIN: poin point points koin coin coins kredit_hotel voucer vocer voucher dijadikan_voucher jadi_voucher travel_credit kredit deposit credit_shell saldo_app reward
REFUSED: ditolak tolak menolak nolak declined rejected denied reject ditolaknya nonrefund non-refundable nonrefundable non_refundable tidak_disetujui gak_disetujui ga_di_acc ditampik not_eligible tidak_memenuhi
PROMISE: janji dijanjikan dijanjiin janjinya katanya ktnya jarene jare cenah ceunah bilangnya blgnya promised promise said says sla estimasinya tempo jatuh_tempo dibilang bilang harusnya hrsnya seharusnya semestinya mestinya should kudune kedah kuduna dijanji janjiin php phpin diphp di-php janjimu
LATE: telat terlambat lambat molor lama lamaa lamban ngaret mundur delayed overdue lewat kelewat suwe suwi lila lilana kelamaan tertunda tunda ditunda kesuwen lelet lemot_proses ngadat ngaret2 terlalu_lama lebih_lama late keterlambatan berlarut lami
WAIT: nunggu nunggunya menunggu tunggu ditunggu nungguin tungguin ngantri antri antre antrian antrean nengga nunggoni ngenteni ngantosan nungguan enteni ngentosan wait waited waits sabar queue on_hold hold_on menanti nanti dinanti nantiin dianti ngantre tungguka mantengin
DURWORD: hari minggu bulan jam menit tahun berhari2 berminggu2 berbulan2 seminggu sebulan sejam setahun dino wulan poe sasih dinten days weeks months hours day week month hour berjam2 berbulan lebaran sejak dari_kemarin sedari seharian
CANCELSYS: hangus angus lapse expired ekspired kadaluarsa kadaluwarsa kedaluwarsa expire expd lewat_waktu batas_waktu time_limit timelimit timer limit_waktu dibatalkan_sistem otomatis_batal dibatalkan_otomatis batal_otomatis batal_sendiri kecancel kebatalin auto_cancel autocancel auto-cancel ke_cancel kebatal tercancel dibatalin_sistem ilang_pesanan hilang_pesanan ngilang waktu_habis waktunya_habis waktu_bayar keburu kedaluarsa gosong kehapus mati_sendiri timeout time_out countdown hitung_mundur
CANCEL: batal batalin dibatalin batalkan dibatalkan membatalkan pembatalan cancel cancelled canceled cancell dicancel cancelin ngebatalin bataleun batalno batalke batale ngabatalkeun gajadi gak_jadi ga_jadi gk_jadi nggak_jadi tidak_jadi tdk_jadi ora_sido ra_sido gakjadi moal_jadi teu_jadi urung wurung abort ngebatalkan canceling pembatalannya kancel cansel mbatalno
BOOKING: booking bookingan bookingannya pesanan pesenan pesananku pesen pesan mesen memesan dipesan order orderan orderanku ngorder reservasi reserved pesanannya bookinganku buking dipesen pesenanku reservation transaksi transaksinya trx booked transaction pesenane itinerary pemesanan mesan itin
HOLD: extend perpanjang perpanjangan dihold hold tahan
SCHED: jadwal jadwalnya schedule jdwl jadwale jadwalna keberangkatan jam_terbang jam_berangkat
SCHEDCHANGE: delay didelay delaynya delayed dimajukan dimundurkan diundur dimajuin dimundurin mundurin retime rescheduled_by diundurin ditunda ngedelay telat_berangkat dibatalin_maskapai dialihkan dialihin overbook overbooked overbooking oversold kamar_penuh full_booked fullbook kamar_habis batal_terbang batal_berangkat flight_cancelled dipindah_jam dimajukeun tertahan gangguan_persinyalan anjlok persinyalan maju cuaca buruk_cuaca technical operational gangguan molor_berangkat boarding take_off takeoff berangkat brangkat mangkat terbang landing divert diverted mogok ketunda disruption
RESCHED: reschedule reschedul rescedule resedul rescedul reskedul rechedule reschadule resched reskejul rescheduling pindah ganti geser majuin mundurin tukar ubah rubah ngubah pindahin dipindah diganti gantiin change move rebook ganti_tanggal ganti_jam ganti_hari ubah_jadwal ubah_tanggal geserin ngganti genti pindahkan mengubah mindahin mundurkan majukan tuker ngerubah dipindahin gentos robah
BAGGAGE: bagasi bagasinya koper koperku kopernya kopor luggage baggage baggages bagage tas ransel tasku barang barangku barangnya kardus backpack carrier_bag oleh2 oleholeh dus stroller trolley suitcase bag bags laptop dompet kamera carousel conveyor ban_berjalan lost_found lost_and_found ketinggalan tertinggal barang_bawaan kacamata charger tas_selempang gitar sepeda helm powerbank hp_ketinggalan botol parfum isi_tas resleting gembok sleting roda_koper roda troli trolinya mainan jam_tangan iphone airpods
LOST: hilang ilang raib lenyap lost missing ical ilangan kehilangan kecolongan dicuri dicolong colong dimaling stolen nyasar kesasar salah_kirim ndak_ketemu gak_ketemu keilangan leungit ketuker tertukar kebawa terbawa musna mboten_wonten
BROKEN: rusak pecah penyok sobek robek jebol patah bocor bolong hancur ancur lecet retak damaged broken torn rusake ruksak remuk mleyot penyek bobol dibongkar dibobol dibuka kebuka basah ringsek copot lepas kerusakan gepeng kegencet dibuka_orang lumer
FOUND: ketemu found ditemukan nemu kapanggih
CABIN: kamar kamarnya room rooms kursi kursinya seat seats kasur bed ac wc toilet kamar_mandi bathroom shower handuk sarapan breakfast makanan makan meal snack kolam_renang kolam pool wifi lift gerbong kabin cabin legroom jendela view twin king sprei seprei bantal selimut air_panas kecoa kecoak tikus semut bangku reclining listrik lampu tv televisi resort villa vila kelas bisnis eksekutif ekonomi business economy premium bassinet lounge fasilitas facility facilities colokan kutu debu pesing apek lembab jorok kotor dekil bau bau_rokok berisik bising smoking dapur balkon rooftop pemandangan dispenser parkiran kulkas genset eskalator extra_bed extrabed connecting_door sofa dapur mushola sajadah toiletries odol kloset pintu gorden tirai wastafel pemanas kipas musik playground bathtub sauna gym spa prasmanan nasi
UPGRADE: upgrade downgrade didowngrade turun_kelas diturunkan dipindah_kamar beda_kamar downgraded
STAFF: cs csnya cs-nya customer_service admin_nya adminnya petugas staf staff pegawai karyawan kru crew pramugari pramugara kondektur satpam resepsionis receptionist frontdesk front_desk operator agen agent supir sopir driver kasir polsuska security manajer manager ground_staff mas2nya mbak2nya masnya mbaknya mbak_cs mas_cs ibu_ibu_cs bapak2 abk pelayan housekeeping si_cs cewek_cs cowok_cs waiters waiter loket teller bellboy check_in_counter counter porter kernet supervisor helpdesk call_center callcenter call_centre customer_care
RUDE: judes jutek galak kasar sinis sombong cuek ketus nyolot songong ngegas bentak dibentak ngebentak membentak marahin dimarahin dimarahi marah2 marah ngomel ngeremehin meremehkan remeh ledek ngeledek ngejek diketawain ketawa ngetawain menertawakan cengengesan acuh dicuekin judesnya nyebelin tidak_sopan gak_sopan ga_sopan kurang_ajar tdk_sopan rude arrogant impolite unprofessional unhelpful attitude attitudenya sikap sikapnya kaku robotik template templet copas copy_paste copypaste jawaban_sama lempar dilempar saling_lempar pingpong ping_pong dioper oper nge-gas nyalahin menyalahkan salahin disalahin bohong ngebohong bohongin ngusir diusir usir nyuruh_sabar main_hp ngobrol nggosip gosip melotot mata_melotot nada nadanya nggetak nyengak judeus cerewet ngotot nyela nada_tinggi diketusin disinisin melecehkan bodoh_dibilang mbulet muter2 muter berbelit tidak_membantu ga_membantu gak_membantu gak_ngebantu ga_bantu asal_jawab ngasal tidak_solutif ga_solutif gak_solutif solutif sok bengis disemprot semprot dihina hina kasarnya ditutup_telpon nutup_telpon dimatiin dimatikan_telepon nyindir sindir ramah
CONTACTED: telepon telpon telp telfon nelpon nelfon menelepon ditelpon ditelepon tlp tlpn call calls calling phone_call hubungi dihubungi menghubungi ngehubungi kontak kontek chat ngechat nge-chat cet livechat live_chat email imel e-mail ngemail diemail mail surel dm wa ngewa whatsapp wea wasap lapor ngelapor laporan laporin pengaduan aduan komplain complain komplen complaint keluhan keluhanku ngadu form ticket_aduan tiket_aduan laporanku inbox hotline ditelponin kirim_email sms tiket_komplain nomor_laporan
REPLY: bales dibales balas dibalas balasan balesan membalas ngebales jawab dijawab jawaban ngejawab menjawab direspon respon response respond responnya merespon ditanggapi tanggapan menanggapi tanggepin ditanggepin diangkat angkat ngangkat diwaro waro direspons reply replied replies answer answered answers digubris gubris diladeni ladeni digubres nyaut nyahut tindak_lanjut ditindaklanjuti follow_up followup ditindak direken reken diwales wales dibewer diwangsul wangsulan ngabales bales_e respont tanggap direspn dibaca read diread centang ceklis
IGNORED: dicuekin cuek diem diam bisu hening sepi diabaikan abaikan mengabaikan dikacangin kacang ghosting dighosting ghosted ignored ignore krik seen disilent silent dianggurin anggurin didiemin didiamkan digantung gantung digantungin digantungkan nihil kuburan hantu unresponsive slow_response slowrespon slowresp slow_respon fast_response lama_balas no_response no_reply sibuk nada_tunggu nyambung gak_nyambung tersambung centang_satu centang_dua centang_biru dikacangi menghilang tembok
ROBOT: robot bot mesin machine sistem_otomatis otomatis automated auto_reply autoreply auto-reply balasan_otomatis jawaban_otomatis chatbot ai virtual komputer program asisten_virtual asisten faq template_jawaban chatgpt gpt software kecerdasan buatan mesen_otomatis virtual_assistant
HUMAN: orang manusia manusianya orangnya jalmi jalma wong uwong human person people real_person agent_manusia cs_asli asli orang_beneran orang_asli org_asli beneran operator_manusia org real manungsa jelma insan
SPEAKTO: ngomong bicara ngobrol disambungin sambungin sambungkan hubungkan disambungkan dihubungkan hubungin terhubung oper_ke alihkan transfer_ke speak talk connect nyarios ngomongan omong panggilin panggilkan nyambungin nyambung_ke berbicara dialihkan_ke sambungno sambungkeun ketemu_orang bicara_sama minta_orang teruskan_ke escalate_to disambung nyarita
APP: aplikasi aplikasinya apk app apps appnya app-nya web website webnya situs sistem system sistemnya server servernya laman halaman page aplikasine apklikasi aplkasi apknya appsnya mobile_app playstore play_store appstore browser chrome link tombol tombolnya button menu menunya fitur fiturnya layar screen formulir kolom filter halamannya notifikasi peta map webpage captcha barcode scan widget
APPFAIL: error eror err erorr errornya crash ngecrash nge-crash force_close forceclose fc nutup_sendiri keluar_sendiri kluar_sendiri mental ngelag lag lemot lelet lambat_app loading loadingnya muter muter2 muter_terus blank putih hitam not_responding bug ngebug buggy freeze ngefreeze hang ngehang stuck nyangkut nge-hang macet down maintenance gangguan gagal_login gabisa_login tidak_bisa_dibuka gak_bisa_dibuka ga_bisa_dibuka gak_kebuka ga_kebuka ga_ngefek ngefek kentang something_went_wrong terjadi_kesalahan coba_lagi tidak_merespon mogok_app ga_jalan gak_jalan tidak_berfungsi gak_fungsi ga_fungsi berfungsi mati bapuk 404 500 502 503 gateway trouble troble ngaco ngawur glitch log_out_sendiri logout_sendiri ga_kepencet gak_kepencet kepencet ngeblank nge-blank muter2_doang gak_muncul tampilan keluar_terus timeout_app ngehank eror2 ribet susah ngadat_app uninstall install instal reinstall update_app versi versinya diupdate
LOGIN: login log_in masuk_akun sign_in signin otp otpnya kode_otp kode_verifikasi password sandi kata_sandi pasword pw pin username akun_masuk lupa_password reset_password verifikasi_wajah fingerprint sidik_jari daftar registrasi register kode_keamanan logout log_out loginnya masuk_ke_akun ngelogin sso
PROMO: promo promonya diskon diskonan diskonnya discount kode_promo kodepromo kode_voucher voucher_diskon cashback kesbek flash_sale flashsale potongan_harga kode_diskon kupon coupon sale promosi kuota kuota_promo promone gratis free ongkir bonus harbolnas 11.11 12.12 payday gajian kode syarat_promo s&k snk voucher_code hemat iklan iklannya iklane advertised advertisement banner spanduk clickbait umpan jebakan penawaran promo_code event potongan_promo
PRICE: harga harganya hrg rego regane regi hargi tarif tarifnya price prices pricing fare fares hargae harga2 hargane tarip harganyo rate
EXPENSIVE: mahal mahalan kemahalan mehong mihil larang awis muahal mahal2 termahal expensive overpriced pricey melonjak meroket naik_harga harga_naik digetok getok markup mark_up naikin dinaikin dinaikkan nyekek mencekik selangit naikin_harga
CHEAP: murah termurah murahan cheap mirah muroh hemat cheaper
MISLEAD: bohong boong bohongan tipu2 nipu kibul ngibul ngibulin menyesatkan misleading ngapusi apusi jebakan jebak bait pembohongan palsu_promo gimmick gimik akal2an hoax hoaks janji_palsu pemberi_harapan sesat janji_manis abal2 tukang_bohong
PAYLATER: paylater pay_later pay-later peylater cicilan cicil nyicil angsuran limit limitnya kredit kreditku kredivo akulaku spaylater tenor dc debt_collector kolektor penagih bi_checking slik ojk_slik skor_kredit pinjaman pinjol tunggakan nunggak angsur cicilanku bunga_cicilan bunga jatuh_tempo_cicilan dibekukan beku freeze_limit kredit_macet collection_desk ditagih_terus limitku nyicilnya bnpl installment instalment utang hutang paylaterku kolektibilitas
DATAWRONG: salah keliru typo tertukar ketuker kebalik ketukar kliru salah_ketik salah_nama salah_tulis salah_cetak wrong incorrect kurang_huruf ejaan huruf kurang_satu tidak_sesuai_ktp misspelled kepleset lepat salah_eja beda_huruf salah_input salah_isi salah_pilih salah_pencet salah_pesan keliru_tulis meleset ketinggalan_huruf ngaco_nama kesalahan salahnya kesalahannya error_nama terbalik kelebihan_huruf
NAMEDATA: nama namanya name asma jeneng jenengku ngaran nami ktp paspor passport nik identitas tanggal_lahir tgl_lahir jenis_kelamin gelar penumpang passenger title marga nama_belakang nama_depan data datanya nama_penumpang nama_tamu rute tujuan asal arah stasiun tanggal_berangkat kelamin tuan nyonya gender
CORRECT: koreksi perbaiki diperbaiki betulin benerin dibenerin betulkan dibetulin ralat revisi revisikan edit ngedit diedit memperbaiki koreksian correction perbaikan betulno benahi benakno ngoreksi diralat dikoreksi leresin ngabenerkeun membetulkan benerno pembetulan
MYFAULT: salah_saya salahku salah_aku saya_salah aku_salah gw_salah gue_salah sy_salah kesalahan_saya saya_keliru sy_salah_ketik kelalaian_saya akunya_salah my_mistake my_bad my_fault salah_gue salah_gw saya_salah_ketik aku_salah_ketik saya_typo saya_lupa kurang_teliti gak_teliti ga_teliti buru2 salahku_dewe luput_ku keburu_pencet
RESEND: kirim_ulang kirimin_ulang kirimin dikirim_ulang kirimkan_ulang kirim_lagi kirimkan resend resent send_again send minta_dikirim kirimi forward cetak_ulang email_ulang kirimno kirim_maneh kirimkeun dikirimin download unduh kirimin_lagi re-send kehapus_emailnya kehapus send_ulang share ngirim_ulang
INVOICEDOC: invoice kwitansi kuitansi faktur receipt struk_pembelian bukti_bayar_kantor reimburse_kantor faktur_pajak nota_hotel itinerary_doc receipts
PROOF: bukti buktinya bukti_transfer bukti_tf bukti_bayar struk resi screenshot ss skrinsut screenshoot ssan foto_struk lampiran lampirkan terlampir attach attached proof buktine terlampir_bukti skrinsyut sudah_saya_kirim_bukti ini_buktinya berikut_bukti kulampirkan tangkapan_layar nih_bukti bukti_pembayaran scrinsut bukti_setor capture foto fotonya melampirkan
FRAUD: penipuan penipu nipu ditipu ketipu tertipu nipunya scam scammer scammed fraud phishing palsu gadungan mengatasnamakan hack dihack kehack hacked hacker dibobol kebobolan bobol dibajak bajak dibajak_orang modus rekening_pribadi akun_palsu kecurian transaksi_mencurigakan mencurigakan bukan_saya_yang bukan_sy_yg bukan_gue bukan_aku_yg tidak_pernah_pesan ga_pernah_pesan gak_pernah_pesan ga_pernah_transaksi tidak_merasa ga_ngerasa gak_ngerasa tak_pernah disalahgunakan penyalahgunaan fiktif bodong dikibulin diapusi diakali unauthorized unauthorised not_me link_aneh link_palsu minta_otp nanya_otp orang_asing nomor_asing disuruh_transfer suruh_transfer sindikat sniffing skimming maling dirampok rampok fiktip apk_undangan impersonat suspicious nomor_tidak_dikenal tidak_dikenal ga_dikenal gak_kenal
PERSONALDATA: akun akunku akunnya account data_pribadi data_saya data_diri profil profile hapus_akun tutup_akun privasi privacy delete_account delete hapus dihapus menghapus penghapusan nonaktifkan nonaktif deactivate tutup ditutup penutupan newsletter unsubscribe berhenti_langganan langganan spam iklan_email marketing sms_promosi nomor_hp_baru ganti_nomor ganti_hp ganti_email nomor_lama no_lama uu_pdp pdp gdpr data_ktp hak_akses salinan_data personal_data cabut_izin persetujuan disimpan simpan rekam_jejak busek mbusak pusek ngahapus hapuskeun telemarketing email_lama
POLICY: aturan aturannya kebijakan ketentuan syarat syaratnya peraturan policy rules rule s&k boleh_gak boleh_ga bolehkah apakah_boleh maksimal maks max minimal min_umur batas berat kilo kg bawa dibawa membawa jatah batasan bayi anak_anak lansia hamil hewan kucing powerbank_boleh checkin check-in check_in cekin check_out checkout web_checkin visa dokumen wajib perlu_apa kapan_buka buka_jam jam_operasional jam_buka buka tutup_jam kursi_roda umur usia berlaku masa_berlaku transit terminal_berapa turun_terminal lokasi alamat_kantor infant refundable kalau_batal apakah_bisa termasuk dikenakan diperbolehkan diizinkan izin aturane aturanna ketentuannya rokok cairan liquid surat vaksin kebijakannya eligible allowed
AVAIL: tersedia ketersediaan available availability ada_kamar ada_tiket sisa kursi_kosong masih_ada rute_ke flight_ke kereta_ke cari nyari kosong ready jadwal_kereta harga_tiket_ke penerbangan_ke
METHOD: metode cara_bayar cara_pembayaran va virtual_account qris gopay ovo dana_app shopeepay linkaja alfamart indomaret alfamidi atm m-banking mbanking mobile_banking kartu_kredit kartu_debit credit_card debit_card cc rekening norek no_rek nomor_rekening rek bank minimarket cod tunai cash kes kode_bayar kode_pembayaran nomor_va no_va bca bni bri mandiri bsi cimb permata jago seabank jenius btn danamon bank_lain bifast e-wallet ewallet dompet_digital livin brimo klikbca internet_banking
NAMA: atas_nama a.n an
GREET: halo hallo hello hai hi hay hei hey helo hola pagi siang sore malam malem selamat_pagi selamat_siang selamat_sore selamat_malam assalamualaikum asalamualaikum assalamu'alaikum ass aslm askum samlekum permisi misi punten kulonuwun kulo_nuwun sampurasun spada p ping tes test testing halooo met_pagi met_siang met_malem good_morning good_afternoon good_evening morning shalom om_swastiastu ada_orang ada_orang? woy woi oi oy yuhu sugeng_enjing sugeng_dalu wilujeng_enjing wilujeng_sonten tabe tabea horas yo wassup oey hoi
BYE: dadah dah dadaa bye babay byebye bai goodbye sampai_jumpa sampe_jumpa sampai_ketemu sampai_nanti see_you seeyou cu cya ciao wassalam wassalamualaikum pamit udahan cabut cao selamat_tinggal pareng duluan selamat_tidur good_night goodnight mangkat_sik kulo_pamit hatur_pamit later see_u ttyl mau_tidur selamat_malam_pamit met_bobo bobo sampun_nggih pamitan sayonara sekian tutup_chat akhiri
THANK: makasih makasi mksh mksih mkasih terimakasih terima_kasih trims trimakasih trims2 thanks thank thx tq tks tengkyu tengkiu thankyou thank_you matur_nuwun suwun nuwun matursuwun hatur_nuhun nuhun hatur_nuwun syukron jazakallah jazakumullah tararengkyu makacih tararenkyu kamsia mauliate terimo_kasih tarimo_kasih appreciate makasii maacih maaciw suksma makaseh tarimo arigato gomawo teurimong_gaseh sukron berterima sembah_nuwun
YES: ya iya iyah yaa iyaa yap yup yoi yo ok oke okey okay okeh okee oks sip siip siap setuju boleh boleh2 betul bener benar tentu deal gas gaskeun gas_aja lanjut lanjutkan lanjutin yes yess yep yeah ye iye he'eh heeh heem hooh ho'oh nggih inggih enggih enya muhun leres sumuhun sae iyo yoh acc agree sure correct exactly right fix mantab_lanjut cocok_lanjut ho_oh iyaa_betul baik baiklah ayo yuk hayu mangga silakan silahkan monggo that's_right gass yoa yakin pasti bungkus cus cuss cusss jadi
NOPE: tidak gak enggak nggak bukan jangan ga_mau gamau ogah emoh mboten moal alim no nope ora ojo gausah ga_usah gak_usah nggak_usah tidak_perlu ngga_perlu ga_perlu gak_perlu skip belum jgn tidak_usah ndak_usah ndak_usahji not_really nah embung sanes dudu ga_setuju no_thanks laa tida tydac
CHOOSE: pilih pilihan opsi milih option nomor nomer no nmr yang_pertama yg_pertama yang_kedua yg_kedua yang_ketiga yg_ketiga pertama kedua ketiga keempat terakhir yg_terakhir yang_atas yg_atas yg_bawah yang_bawah atas bawah tengah a b c choose pick ambil ambilin pake pakai yg_itu yang_itu first second third sing_kapisan sing_keloro nu_kahiji nu_kadua kahiji kadua katilu siji loro telu kapisan opsinya tawaran
REJECTOPT: ga_ada_yang_cocok gak_ada_yg_cocok ga_ada_yg_pas tidak_ada_yang_cocok nggak_ada_yg_cocok semuanya_gak semua_tidak ga_satupun tidak_satupun none neither bukan_semuanya ga_ada_yg gak_ada_yg ga_ada_yang tidak_ada_yang nggak_ada_yang pilihan_lain opsi_lain yang_lain yg_lain cara_lain solusi_lain alternatif_lain ga_pilih tidak_memilih ga_mau_semua tidak_mau_semua dua2nya_ga dua-duanya kabeh_ora semua_alternatif alternatif ga_masuk_akal gak_masuk_akal merugikan ga_ada_satupun gak_satupun dua2nya semuanya keduanya ketiganya ora_ono_sing tara_ada_yang tawarannya
PROPOSE: gimana_kalau gimana_kalo gmn_klo gmn_kalo bagaimana_kalau bagaimana_jika gmn_kl kalau_saya kalo_saya klo_sy kalo_gue kalo_gw kalo_aku how_about what_if piye_nek piye_yen kumaha_lamun kumaha_mun usul saran usulan usulku saranku mending mendingan lebih_baik bagaimana_bila gmn_kalau gimana_klo gimana_kl kalo_misal kalau_misalnya misalnya bisakah_saya tak_kira_mending macam_mana_kalau maksud_saya_gini gini_aja begini_saja gini_deh boleh_gak_kalo boleh_ga_kalo bisa_ga_kalo bisa_gak_kalau bisa_ga_klo atau_gini nego kompromi jalan_tengah saya_mengusulkan mengusulkan sebagai_gantinya gantinya proposal idealnya how_bout can_we maybe could_we
CORRECTBOT: maksudku maksud_saya maksud_gue maksudnya maksud_aku mksdku mksd bukan_itu bukan_gitu bukan_begitu salah_tangkap salah_paham salah_faham salah_baca ga_nyambung gak_nyambung nggak_nyambung tidak_nyambung ora_nyambung bukan_yang_itu ralat eh_salah salah_salah salah_deng eh_bukan salah_dong koreksi keliru_nih misunderstood wrong_answer not_that i_mean that's_not salah_ngerti salah_nangkep nangkep bukan_maksud bukan_tanya_itu kurang_tepat ga_nanya_itu gak_nanya lu_salah kamu_salah anda_salah salah_jawab eh_maksudnya sanes_kitu sanes_eta dudu_kuwi dudu_iku tarik_ucapan saya_tarik ditarik_kata salah_sebut salah_kasih
STOP: sudahlah udahlah udah_lah ya_udah yaudah yasudah lupakan lupain stop berhenti udahan gausah_deh ga_usah_deh ga_jadi_deh gak_jadi_deh nggak_jadi gakjadi gajadi cukup cukup_sampai never_mind nevermind nvm forget_it skip_dulu nanti_aja nanti_saja ntar_aja ntar_dulu lain_kali kapan2 tinggalin keluar_menu rasah_diterusne raurus urungin batalkan_proses hentikan sudahi diterusin akhiri_saja end exit quit cancel_aja tunda_dulu udah_deh wis_lah geus_lah enggeus_weh teu_kedah tidak_usah_dilanjut ga_usah_dilanjut jangan_dilanjut biarin_aja biarin biar_aja gapapa_lah wes_rasah
ANGER: anjing anjg anjir anjrit anjay bangsat bgst bajingan kampret brengsek goblok goblog tolol bego bodoh dungu idiot babi setan iblis tai taik tae asu jancok jancuk cok cuk dancok ndlogok asem kontol kntl memek ngentot monyet nyet sialan sial bedebah keparat laknat kurang_ajar kurang_asem edan gila sinting sakit_jiwa bacot bct fuck fucking wtf shit damn bullshit stupid idiots crap sundala telaso puki pukimak kimak lonte biadab sampah trash muak enek jijik gedek geregetan gemes kesel kesal sebel sebal jengkel marah emosi naik_darah murka mangkel nesu ngamuk geram dongkol gondok eneg empet bete hih haduh astaga astagfirullah ya_allah ya_ampun ya_tuhan gusti parah gelo belegug koplok sia anying anjeng gendeng kesuwen_su bngst pantek cukimai kurangajar bangke kampang ambyar
DISSATISFIED: kecewa mengecewakan kecewanya payah buruk jelek parah terburuk worst bad terrible awful zonk kapok nyesel menyesal trauma disappointed disappointing disappoint gagal_total amburadul kacau berantakan hancur ancur bobrok bintang_1 bintang_satu satu_bintang one_star minus nol_bintang ga_recommended gak_recommend not_recommended ga_rekomen tidak_profesional ga_becus gak_becus becus ga_guna gak_guna useless ga_berguna rugi merugikan dirugikan nyusahin nyusahkan menyulitkan tidak_puas ga_puas gak_puas merana elek awon goreng nista payau uninstal pindah_ke_sebelah sebelah ecek kelas_kampung cupu cuih pelayanan pelayanannya servis layanan_jelek layanannya service servisnya
PRAISE: bagus keren mantap mantul mantab hebat top juara terbaik best recommended rekomen ramah sopan cepat cepet gercep sigap membantu helpful puas memuaskan senang seneng suka love loved great good excellent awesome amazing nice oke_banget jempol cakep sukses semoga_sukses lancar mudah gampang praktis terbantu the_best sangat_baik baik_hati profesional ramahnya salut kagum luar_biasa luarbiasa impressed kudos well_done apresiasi memuji sae_pisan alus jos joss josss gandos lemak_nian ajib bintang_5 lima_bintang bintang_lima five_stars setia langganan_tetap mengesankan nyaman bersih ga_nyesel ga_kecewa gak_kecewa tidak_mengecewakan andalan fast perfect responsif solutif_banget sip_banget memudahkan mempermudah puool apik sat_set satset
THREAT: viralin viral diviralin diviralkan viralkan memviralkan media wartawan koran kompas detik tempo_media tv_nasional berita jurnalis polisi kepolisian polda polres laporkan_polisi lapor_polisi pengacara lawyer kuasa_hukum advokat somasi gugat menggugat tuntut menuntut tuntutan hukum jalur_hukum pengadilan meja_hijau pidana perdata ylki bpkn bpsk ojk bank_indonesia kemenhub kementerian kominfo kemkomdigi twitter x_twitter tiktok instagram ig medsos sosmed sosial_media reddit thread utas quora kaskus review_buruk google_review trustpilot konsumen perlindungan_konsumen lapor_ojk sue legal court netizen ombudsman dprd lsm spill spillin mas_menteri bintang_satu_semua report_to dilaporkan disebar sebar sebarin ngeposting posting diposting story ramein rame2in influencer podcast youtube youtuber hotman lbh uu_perlindungan public blow_up
BOTQ: kamu_robot ini_robot kamu_bot ini_bot kamu_manusia ini_manusia lu_robot lo_bot orang_apa_robot orang_atau_robot manusia_apa_bot robot_apa_orang robot_ya bot_ya are_you_a are_you are_u orang_apa_mesin bot_kan robot_kan mesin_ya orang_ta_bot wong_opo_robot
OOS: resep masak bola piala liga sepakbola manchester cuaca_hari ramalan zodiak horoskop pacar jodoh gebetan mantan nikah tugas_kuliah skripsi matematika rumus pr_sekolah puisi pantun cerita_lucu lelucon jokes joke film drakor anime lagu lirik konser game mobile_legends ml pubg saham crypto bitcoin kripto forex presiden pilpres pemilu politik partai berita_politik harga_emas emas beras cabe sayur ayam geprek bakso mie seblak diet kurus jerawat skincare makeup obat sakit_kepala demam dokter rumah_sakit bpjs sim stnk samsat pajak_motor motor oli bensin servis_motor gojek_food gofood grabfood shopee_barang tokopedia lazada olshop paket jne jnt sicepat pulsa kuota_internet token_listrik pln pdam kos kontrakan lowongan loker kerja_di gaji_umr cpns pns sekolah kampus ujian snbt rangking coding python javascript laptop_gaming hp_baru samsung xiaomi kucing_ku burung tanaman bonsai mancing gempa banjir sholat puasa doa ustadz kiblat ceramah kutipan terjemahkan translate sinonim ibukota planet dinosaurus sejarah perang siapa_penemu capital_of
FLIGHT: pesawat penerbangan flight terbang maskapai bandara airline airport garuda citilink lion airasia batik nam sriwijaya pelita transnusa super_air_jet gate pilot flights plane
TRAIN: kereta kereta_api ka kai krl commuter whoosh argo lrt mrt stasiun train sepur gerbong_kereta railink kereta_cepat commuterline sepure
HOTEL: hotel penginapan villa vila resort homestay hostel guesthouse losmen menginap nginep checkin_hotel airbnb apartemen kos_harian glamping hotelnya
BUS: bus bis travel shuttle ferry feri kapal pelni damri agen_bus po primajasa rosalia sinar_jaya
URGENT: sekarang skrg saiki ayeuna segera secepatnya asap cepat_dong buruan urgent darurat emergency gawat mendesak genting nanti_malam besok_pagi hari_ini malam_ini sore_ini sejam_lagi 1_jam_lagi mepet buru now immediately today tonight bentar_lagi sebentar_lagi last_call
DATEWORD: besok besuk bsk isuk lusa kemarin kmrn kmren kemaren wingi kamari tadi tdi semalam hari_ini nanti_malam minggu_lalu bulan_lalu minggu_depan pagi sore malam
AGAIN: lagi lg maneh deui again ulang berulang2 terus trs mulu melulu molo wae always selalu tiap setiap saben unggal bolak_balik bolakbalik berkali2 terus2an terus-terusan kedua_kalinya
BUT: tapi tp tpi ning nanging tapina but padahal pdhl padahl namun cuma cuman sedangkan malah malahan justru eh although though
IF: kalau kalo klo kl kalu nek yen lamun upami jika bila seandainya andai if misal semisal jikalau menawi
COMPENS: ganti_rugi kompensasi compensation konpensasi diganti penggantian ganti_in tanggung_jawab tanggungjawab bertanggung nanggung asuransi_bagasi tanggungan
ACCOUNTNEW: rekening_baru ganti_rekening rekening_lain norek_baru ubah_rekening rekening_salah salah_rekening rek_baru
UNTRANS: pernah tau ngerti paham jelas
SARCASM: konsisten pinter hebat_ya bagus_ya keren_ya mantap_ya makasih_ya_udah selamat_ya salut_deh 👏 👏👏 🙏_👏 wow luar_biasa_ya juara_php rekor
NAMEINTRO: nama_saya namaku nama_sy nama_gue nama_lengkap perkenalkan saya_dengan dengan_saya
CLOSEAPP: error_code kode_error
AGEPOL: bayi balita
SMILE: 😊 🙏 😁 😄 🥰 ❤ 👍 😍 🤗 😀 ☺ 💕 ✨ 🎉 🙌 👌
SAD: 😭 😢 😔 😞 🥺 💔 😩 😫 😿
MAD: 😡 🤬 😤 👿 💢 😠 🖕 🤮 😒 🙄 🤡 💀
"""


def _read() -> tuple[dict[str, tuple[str, ...]], int]:
    table: dict[str, list[str]] = {}
    longest = 1
    for line in LEXICON.strip().splitlines():
        idea, _, forms = line.partition(": ")
        for form in forms.split():
            key = form.replace("_", " ")
            longest = max(longest, key.count(" ") + 1)
            known = table.setdefault(key, [])
            if idea not in known:
                known.append(idea)
    return {key: tuple(ideas) for key, ideas in table.items()}, longest


TABLE, LONGEST_PHRASE = _read()
_PHRASE_STARTS: Final = {key.split(" ", 1)[0] for key in TABLE if " " in key}
_ENDINGS: Final = (
    "nya", "kah", "lah", "pun", "ku", "mu", "kan", "an", "in", "i", "ne", "e", "na", "keun", "no", "mi", "ji", "ki",
    "ka", "ko", "an2", "2", "²", "nyo", "s", "ed", "ing",
)  # fmt: skip
_BEGINNINGS: Final = (
    "menge", "nge", "meng", "meny", "mem", "men", "me", "ke", "ter", "di", "ber", "be", "pe", "peng", "pem", "pen", "se",
    "ku", "tak", "ng", "ny", "n", "m", "ka", "nga", "dipe", "diper", "memper", "kau",
)  # fmt: skip
_STRETCH = re.compile(r"(.)\1{2,}")


@lru_cache(maxsize=50_000)
def ideas_of(word: str) -> tuple[str, ...]:
    """The ideas of one word, looked up bare, squeezed and without its endings and beginnings."""
    if word in TABLE:
        return TABLE[word]
    if word[0] == "<" or len(word) > 30:
        return ()
    squeezed = _STRETCH.sub(r"\1", word)
    if squeezed in TABLE:
        return TABLE[squeezed]
    half = squeezed.split("-", 1)[0]
    if half != squeezed and half in TABLE:
        return TABLE[half]
    candidates = [squeezed]
    for ending in _ENDINGS:
        if squeezed.endswith(ending) and len(squeezed) - len(ending) >= 3:
            candidates.append(squeezed[: -len(ending)])
    for ending in ("nya", "kah", "lah", "ku", "mu"):
        if squeezed.endswith(ending):
            inner = squeezed[: -len(ending)]
            candidates += [
                inner[: -len(e)]
                for e in ("kan", "an", "in", "i")
                if inner.endswith(e) and len(inner) - len(e) >= 3
            ]
    for candidate in candidates:
        if candidate in TABLE:
            return TABLE[candidate]
    for candidate in candidates:
        for beginning in _BEGINNINGS:
            if candidate.startswith(beginning) and len(candidate) - len(beginning) >= 4:
                rest = candidate[len(beginning) :]
                if rest in TABLE:
                    return TABLE[rest]
    return ()


def concepts_of(words: Sequence[str]) -> list[tuple[str, ...]]:
    """The ideas at each word; a phrase's ideas stand at its first word, in front of the word's own."""
    found: list[tuple[str, ...]] = []
    for at, word in enumerate(words):
        if word[0] == "<":
            found.append((word,))
            continue
        ideas = ideas_of(word)
        if word in _PHRASE_STARTS:
            for size in range(min(LONGEST_PHRASE, len(words) - at), 1, -1):
                phrase = " ".join(words[at : at + size])
                if phrase in TABLE:
                    ideas = tuple(dict.fromkeys(TABLE[phrase] + ideas))
                    break
        found.append(ideas)
    return found
