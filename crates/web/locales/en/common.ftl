# TRANSLATORS: plain words, short sentences, cause then what to do. Never claim that something is secure or legally valid.
brand = Rakkan
brand-second = 落款
skip = Skip to content
nav-label = Menu
nav-sign = Sign
nav-check = Check
nav-certificates = Certificates
nav-account = Account
sign-in = Sign in
sign-in-passkey = Sign in with a passkey
sign-out = Sign out
demo-strip = This is a trial. Certificates and signatures made here cannot be used for real business.
footer-label = About this service
footer-help = Help and glossary
footer-trust = Basis of trust
footer-keyboard = Keyboard
footer-zone = Times in Japan Standard Time (JST)
required = required
optional = optional
try-again = Try again
list-separator = {", "}
needs-script = This step needs JavaScript in your browser: passkeys work through it only.

steps-label = Steps of signing
step-document = Document
step-review = Review
step-passkey = Passkey
step-done = Done

pages = { $n ->
    [one] { $n } page
   *[other] { $n } pages
}
page-number = Page { $n }

fact-document = Document
fact-name = File name
fact-fingerprint = Fingerprint of the document
fact-fingerprint-signed = Fingerprint of the file
fact-file-hash = Fingerprint of the file (SHA-256)
fact-signer = Signed by
fact-organisation = Organisation
fact-certificate = Certificate
fact-authority = Issuing authority
fact-serial-tail = Serial ends in
fact-validity = Validity
fact-key = Kind of key
fact-time = Time
fact-timestamp = Time-stamp
fact-approval = How it was approved
fact-format = Format
fact-log-entry = Entry number
fact-log-size = Entries in the log then

validity-range = { $from } to { $to }
valid-until = Valid until { $date }

fingerprint-waiting = Being computed on this device…
fingerprint-equal = Matches the value computed on this device.
fingerprint-different = Differs from the value computed on this device. Do not sign. Choose the document again.
fingerprint-failed = This device could not compute it. Load the page again.
fingerprint-self = Check it yourself
fingerprint-self-text = Run this on the file that you saved before signing.

passkey-waiting = Continue in the passkey dialogue of your device…
passkey-cancelled = The passkey was not used
passkey-cancelled-text = It was cancelled or took too long. Nothing is lost. Press the button again.
passkey-unsupported = This browser cannot use passkeys
passkey-unsupported-text = Try a current Chrome, Edge, Safari or Firefox on a device with a screen lock.
passkey-exists = This device already has a passkey for this account
passkey-exists-text = Use “Sign in with a passkey” instead.
network-problem = The server could not be reached
network-problem-text = Check your connection and try again. What you entered is still here.

acrobat-heading = What Acrobat shows
acrobat-text = “At least one signature has problems”. That is because the trial authority is not on Acrobat's trust list; it does not mean that the document was changed.
acrobat-problem = shows “has problems”
acrobat-depends = depends on whether the authority is on its trust list
