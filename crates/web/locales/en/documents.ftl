documents-title = Choose a document
documents-heading = Choose a document to sign
documents-lead = You review it next. Nothing is signed yet.
documents-open = Continue to the review
documents-sending = Sending the document and drawing its pages…
documents-sample = Try with the sample contract
documents-kept = A signed document is erased after you saved it. You can choose otherwise on the next page.
documents-list = Documents in progress or kept
documents-continue = Open
documents-no-certificate = There is no certificate to use.
documents-get-certificate = Get a certificate

state-uploaded = To be reviewed
state-prepared = To be reviewed
state-approving = Waiting for approval
state-signing = Being signed
state-pending = Waiting for a time-stamp
state-signed = Signed
state-delivered = Saved
state-forgotten = Erased

review-title = Review
review-thumbs = Pages
review-seen = seen
review-unseen = unseen
review-exact = Exactly what will be signed
review-save = Save before signing
review-page-label = Picture of page { $page }. { $text }
review-page-silent = Picture of page { $page }. It holds no text.
review-read = Read this page as text
review-no-text = This page holds no text; it is a picture only.
review-what = What you sign with
review-certificate = Certificate
review-certificate-choice = Certificate to sign with
review-keep = Do not erase this document after I saved it
review-apply = Apply the change
review-rest = Also stated
review-timestamp = Will be added
review-timestamp-text = The time comes from a time-stamp authority, not from this device.
review-know = Before you sign
review-confirm = Confirm
review-read-all = { $n ->
    [one] I have looked at the page
   *[other] I have looked at all { $n } pages
}
review-read-error = Tick this after you have looked at the pages.
review-not = If you do not want to sign
review-discard = Erase without signing
review-next-hint = Next is the signing page. Nothing is signed yet.
review-next = Continue to the signing page

warning-acrobat = Acrobat will say that the signature has problems.
warning-acrobat-text = { $authority } is not on Acrobat's trust list. It does not mean that the document was changed.
warning-java-script = It contains a script.
warning-java-script-text = Depending on the program that opens it, the content may change. The script is not run here.
warning-action = Parts of it start other programs or send data.
warning-action-text = Clicking them does something outside of the document. Nothing is run here.
warning-xfa = It is an XFA form.
warning-xfa-text = Some programs show something else than what you see here. Convert it to a PDF without XFA and choose it again.
warning-layers-hidden = It has hidden layers.
warning-layers-hidden-text = Switching them shows content that you do not see here.
warning-layers = It has layers that can be switched.
warning-layers-text = Here you see them as they are when the file is opened.
warning-embedded-files = Other files are inside.
warning-embedded-files-text = They will be signed too but are not shown here.
warning-media = It contains sound, video or 3D.
warning-media-text = They are not shown here.
warning-external-content = Parts of it are loaded from outside.
warning-external-content-text = What is outside is not signed and may change later.
warning-font-missing = The font “{ $name }” is not in the file.
warning-font-missing-text = The shape of letters differs from one device to the next.
warning-font-missing-cjk = The Japanese font “{ $name }” is not in the file.
warning-font-missing-cjk-text = Characters may be missing from the pictures here. Better embed the font and choose the file again.
warning-font-unreadable = A font could not be read.
warning-font-unreadable-text = Characters may be missing from the pictures here.
warning-image-unreadable = A picture could not be read.
warning-image-unreadable-text = It is missing from what you see here.
warning-annotation-unreadable = A note or form field cannot be shown.
warning-annotation-unreadable-text = Other programs may show content that you do not see here.
warning-open-fields = { $n ->
    [one] { $n } field can still be filled in.
   *[other] { $n } fields can still be filled in.
}
warning-open-fields-text = Your signature fixes what they hold now.
warning-no-text = The document holds no text.
warning-no-text-text = It is pictures only and cannot be read aloud. If needed, ask its author for a version with text.
warning-text-unknown = Parts of it cannot be read as text.
warning-text-unknown-text = You see them in the picture, but reading aloud and copying will not be right.
warning-not-fully-examined = The document is large; not all of it was examined.
warning-not-fully-examined-text = There may be more to know than what is listed here.

finish-title = Completing the signature
finish-heading = Completing the signature
finish-working = Signing, getting the time-stamp and checking the result…
finish-hint = It takes a few seconds. Closing this page does not lose your approval.
finish-button = Complete the signature

done-title = Signed
done-heading = The document is signed
done-lead = It has the signature and a time-stamp, and the result was checked. Save the document now.
done-save = Save the signed document
done-receipt = Save the receipt
done-record = Record of the signature
done-time-source = by a time-stamp of { $authority }
done-passkey = Passkey
done-passkey-text = Tied to the fingerprint of this document only.
done-log = Proof of the log
done-log-in = In the log
done-log-text = Before the signature was handed over it was entered in a log where any rewriting shows. The receipt is the proof.
done-next = What to do next
done-next-1 = Save the signed document.
done-next-1-text = A print-out carries no electronic signature.
done-next-2 = Whoever receives it can check it too.
done-next-3 = Sign another document
done-kept = Is it kept?
done-kept-no = The document is erased after you saved it. The receipt and the record of the signature stay.
done-kept-yes = The document is kept. Erase it when you do not need it any more.
done-forget = Erase it now
