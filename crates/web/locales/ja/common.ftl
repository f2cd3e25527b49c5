# TRANSLATORS: です・ます, short sentences, cause then what to do. Never write 安全 or 法的に有効.
brand = 落款
brand-second = Rakkan
skip = 本文へ移動
nav-label = メニュー
nav-sign = 署名する
nav-check = 確かめる
nav-certificates = 証明書
nav-account = アカウント
sign-in = ログイン
sign-in-passkey = パスキーでログイン
sign-out = ログアウト
demo-strip = 試用環境です。ここで発行する証明書と署名は実際の取引には使えません。
footer-label = このサービスについて
footer-help = 使い方・用語集
footer-trust = 信頼の根拠
footer-keyboard = キーボード操作
footer-zone = 時刻は日本標準時（JST）
required = 必須
optional = 任意
try-again = もう一度試す
list-separator = ・
needs-script = この操作にはブラウザーの JavaScript が必要です。パスキーは JavaScript を通してだけ使えます。

# TRANSLATORS: the four steps of signing; as short as possible
steps-label = 署名の手順
step-document = 文書
step-review = 内容の確認
step-passkey = パスキー
step-done = 完了

pages = { $n } ページ
page-number = { $n } ページ

fact-document = 文書
fact-name = ファイル名
fact-fingerprint = 文書の指紋
fact-fingerprint-signed = ファイルの指紋
fact-file-hash = ファイルの指紋（SHA-256）
fact-signer = 署名した人
fact-organisation = 所属
fact-certificate = 証明書
fact-authority = 発行した認証局
fact-serial-tail = 番号の末尾
fact-validity = 有効期間
fact-key = 鍵の種類
fact-time = 日時
fact-timestamp = タイムスタンプ
fact-approval = 承認のしかた
fact-format = 形式
fact-log-entry = 記載の番号
fact-log-size = そのときのログの件数

# TRANSLATORS: $from and $to are dates
validity-range = { $from } から { $to } まで
valid-until = { $date } まで有効

fingerprint-waiting = この端末で計算しています…
fingerprint-equal = この端末で計算した値と一致しました。
fingerprint-different = この端末で計算した値と違います。署名しないでください。文書を選び直してください。
fingerprint-failed = この端末では計算できませんでした。ページを読み込み直してください。
fingerprint-self = 自分で確かめる
fingerprint-self-text = 「署名前に保存」したファイルに対して実行します。

passkey-waiting = 端末のパスキーの画面で続けてください…
passkey-cancelled = パスキーの操作が完了しませんでした
passkey-cancelled-text = 取り消されたか、時間が過ぎました。何も失われていません。もう一度ボタンを押してください。
passkey-unsupported = このブラウザーではパスキーを使えません
passkey-unsupported-text = 新しい Chrome、Edge、Safari、Firefox で、画面ロックを設定した端末からお試しください。
passkey-exists = この端末には、すでにこのアカウントのパスキーがあります
passkey-exists-text = 「パスキーでログイン」からお進みください。
network-problem = サーバーにつながりませんでした
network-problem-text = 通信を確かめて、もう一度試してください。入力した内容は残っています。

acrobat-heading = Acrobat での表示
acrobat-text = 「署名に問題があります」と表示されます。試用の認証局が Acrobat の信頼リストに載っていないためで、文書が変わったという意味ではありません。
acrobat-problem = 「署名に問題があります」と表示
acrobat-depends = 認証局が信頼リストに載っているかどうかによる
