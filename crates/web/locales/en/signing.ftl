signing-title = Approve signature
signing-brand = Signing page
signing-where = Address of this page:
signing-loading = Loading what is to be signed…
signing-heading = You are about to sign this
signing-lead = This is the last check. Nothing has been signed yet.
signing-documents = Documents to sign
signing-count = ({ $n })
signing-hash-only = This service does not see the document.
signing-hash-only-text = The application sent its fingerprint only. Compare the fingerprint below with the one that the application shows.
signing-pages = Look at the pages
signing-page-alt = Picture of a page of the document
signing-page-missing = This page cannot be shown.
signing-page-missing-text = Do not sign what you could not look at. Try again, or go back without signing.
signing-no-pages = The pages cannot be shown here.
signing-no-pages-text = Sign only if you looked at every page before. Otherwise go back without signing.
signing-who = Who signs
signing-name = Name in certificate
signing-purpose = Purpose
signing-asked = Who asks for it
signing-application = Application
signing-registered = (registered)
signing-number = Signatures
signing-number-text = { $n ->
    [one] { $n }, for the document above only
   *[other] { $n }, for the documents above only
}
signing-portal-name = Rakkan portal
signing-act = Approve
signing-code = Control code
signing-code-text = Appears when you press the button, and belongs to this request only. If another screen shows a code too, check that it is the same.
signing-ready = When you have read it, press the button.
signing-sending = Sending your approval…
signing-approved = Approved. Going back…
signing-button = Sign with passkey
signing-enter = The Enter key does not sign. Press the button, or move to it and press Space; your device then asks for your passkey.
signing-back = Go back without signing
signing-leave = To the portal
signing-expires = until { $time }
signing-request-expires = Confirm with your passkey by { $time }.

stop-missing = There is nothing to sign
stop-missing-text = This page is opened from the portal or from an application. Start again there.
stop-elsewhere = This request cannot be opened here
stop-elsewhere-text = It was opened on another screen already, or its time is over. Nothing was signed. Start again from where you came.
stop-finished = This request is finished
stop-finished-text = To sign again, start again from where you came.
stop-expired = The time is over
stop-expired-text = Nothing was signed. Start again from where you came.

consent-title = Let the application see your certificates?
consent-lead = Nothing can be signed with this. Every signature needs your passkey.
consent-what = It may
consent-list = see the list of your certificates and what is in them
consent-not = It may not sign or use a key.
consent-allow = Allow
consent-deny = Do not allow
