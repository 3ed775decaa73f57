# What mails say, in English. A message that a file of the same name in TEMPLATES_DIR has takes the place of the one here.
# Values: $app the server's name, $name the person's, $email the address that the mail goes to, $other the other address
# of a change of address, $about what it is about as people call it, where $known is yes: a passkey, or a provider and the
# account there.

greeting = Hello { $name },
greeting-nameless = Hello,
code-label = Or type this code where you asked for it
link-label = If the button does nothing, open this address:
fact-when = When
fact-device = Device
fact-address = Network address
footer = { $app } sent this to { $email }. Answers are not read.

life-30-minutes = The link is good for 30 minutes and works once.
life-72-hours = The link is good for 72 hours and works once.
life-7-days = The link is good for 7 days and works once.

verify_email-subject = Confirm your email address
verify_email-lead = Confirm that this is your address, and your { $app } account is complete.
verify_email-button = Confirm my address
verify_email-else = You did not sign up? Then do nothing. Nothing happens until the link is used.

new_email-subject = Confirm your new email address
new_email-lead = { $email } is to become the address of your { $app } account. Confirm that it is yours. Until then your old address stays.
new_email-button = Confirm my new address
new_email-else = You did not ask for this? Then do nothing. Nothing happens until the link is used.

reset_password-subject = Choose a new password
reset_password-lead = Somebody, hopefully you, forgot the password of your { $app } account. Choose a new one.
reset_password-button = Choose a new password
reset_password-else = You did not ask for this? Then do nothing. Your password stays as it is.

set_password-subject = Your account is ready
set_password-lead = An administrator made a { $app } account for you. Choose a password to sign in with.
set_password-button = Choose a password
set_password-else = You do not know what this is about? Then do nothing. Nobody can sign in until a password is chosen.

email_changing-subject = Your email address is about to change
email_changing-lead = Somebody, hopefully you, asked to change the address of your { $app } account from { $email } to { $other }. It changes once the new address is confirmed.
email_changing-button = That was not me
email_changing-else = It was you? Then do nothing. The button takes the old address back, signs every device out and lets you choose a new password.

email_changed-subject = Your email address was changed
email_changed-lead = An administrator changed the address of your { $app } account from { $email } to { $other }. If that is not right, tell them.

password_changed-subject = Your password was changed
password_changed-lead = The password of your { $app } account was changed.
password_changed-button = That was not me
password_changed-else = It was you? Then do nothing. The button signs every device out and lets you choose a new password.

mfa_enabled-subject = The second factor is on
mfa_enabled-lead = Signing in to your { $app } account now takes a code of your authenticator app, too.
mfa_enabled-button = That was not me
mfa_enabled-else = It was you? Then do nothing. The button turns it off again, signs every device out and lets you choose a new password.

mfa_disabled-subject = The second factor is off
mfa_disabled-lead = Signing in to your { $app } account takes the password alone from now on.
mfa_disabled-button = That was not me
mfa_disabled-else = It was you? Then do nothing. The button signs every device out and lets you choose a new password.

mfa_reset-subject = The second factor was turned off
mfa_reset-lead = The people who run { $app } turned the second factor of your account off and removed its passkeys. If you did not ask for it, tell them.

recovery_code_used-subject = A recovery code was used
recovery_code_used-lead = Somebody, hopefully you, used one of the recovery codes of your { $app } account. It does not work again.
recovery_code_used-button = That was not me
recovery_code_used-else = It was you? Then do nothing. The button signs every device out and lets you choose a new password.

recovery_codes_created-subject = New recovery codes were made
recovery_codes_created-lead = The recovery codes of your { $app } account were made anew. The old ones do not work any more.
recovery_codes_created-button = That was not me
recovery_codes_created-else = It was you? Then do nothing. The button signs every device out, ends the new codes and lets you choose a new password.

mfa_failed-subject = Somebody knows your password
mfa_failed-lead = Somebody signed in to your { $app } account with the right password, then typed wrong codes. They did not get in.
mfa_failed-button = That was not me
mfa_failed-else = It was you? Then do nothing. The button signs every device out and lets you choose a new password.

identity_linked-subject = Another account can sign you in
identity_linked-lead = Your { $app } account was linked with { $known ->
    [yes] { $about }
   *[no] an account at another provider
}. Whoever is signed in there can sign in here.
identity_linked-button = That was not me
identity_linked-else = It was you? Then do nothing. The button takes the link away, signs every device out and lets you choose a new password.

identity_unlinked-subject = A linked account was taken away
identity_unlinked-lead = { $known ->
    [yes] { $about }
   *[no] An account at another provider
} does not sign you in to { $app } any more. Your other devices were signed out.
identity_unlinked-button = That was not me
identity_unlinked-else = It was you? Then do nothing. The button signs every device out and lets you choose a new password.

passkey_added-subject = A passkey was added
passkey_added-lead = { $known ->
    [yes] The passkey “{ $about }” was added.
   *[no] A passkey was added.
} Whoever has it can sign in to your { $app } account without the password.
passkey_added-button = That was not me
passkey_added-else = It was you? Then do nothing. The button removes it again, signs every device out and lets you choose a new password.

passkey_removed-subject = A passkey was removed
passkey_removed-lead = { $known ->
    [yes] The passkey “{ $about }” was removed.
   *[no] A passkey was removed.
} It does not sign anybody in to your { $app } account any more, and your other devices are signed out.
passkey_removed-button = That was not me
passkey_removed-else = It was you? Then do nothing. The button signs every device out and lets you choose a new password.

new_device-subject = New sign-in to your account
new_device-lead = Somebody, hopefully you, signed in to your { $app } account on a device that it does not know.
new_device-button = That was not me
new_device-else = It was you? Then do nothing. The button signs every device out and lets you choose a new password.

session_replayed-subject = We signed one of your devices out
session_replayed-lead = One of your sign-ins to { $app } was used in two places, as if it had been copied. We ended it.
session_replayed-button = Secure my account
session_replayed-else = On that device, sign in again. If you fear that somebody else has access, the button signs every device out and lets you choose a new password.

account_secured-subject = Your account is secured
account_secured-lead = Every device is signed out of your { $app } account, and the old password does not work any more. Choose a new one.
account_secured-button = Choose a new password
account_secured-else = The link is too old? Ask for another one by “Forgot your password?” where you sign in.

already_registered-subject = You have an account already
already_registered-lead = Somebody, hopefully you, tried to sign up at { $app } with this address, which has an account. Sign in with it. If you forgot the password, ask for a new one by “Forgot your password?” where you sign in.
already_registered-else = It was not you? Then do nothing. Your account stays as it is.

invitation-subject = You are invited to { $app }
invitation-lead = An administrator invites you to { $app }. Choose a name and a password to join as { $email }.
invitation-button = Join
invitation-else = You do not know what this is about? Then do nothing. Nothing happens until the link is used.

test-subject = A test mail from { $app }
test-lead = Mail works: this is the test that you sent.
