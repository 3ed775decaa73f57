# What mails say, in Korean. A noun stands after every value, so that no particle depends on it.

greeting = { $name } 님, 안녕하세요.
greeting-nameless = 안녕하세요.
code-label = 또는 요청한 화면에 이 코드를 입력하세요
link-label = 버튼이 작동하지 않으면 이 주소를 여세요.
fact-when = 시각
fact-device = 기기
fact-address = 네트워크 주소
footer = { $app } 서비스에서 { $email } 주소로 보낸 메일입니다. 답장은 확인하지 않습니다.

life-30-minutes = 링크는 30분 동안 한 번 쓸 수 있습니다.
life-72-hours = 링크는 72시간 동안 한 번 쓸 수 있습니다.
life-7-days = 링크는 7일 동안 한 번 쓸 수 있습니다.

verify_email-subject = 이메일 주소를 확인하세요
verify_email-lead = 이 주소가 맞는지 확인하면 { $app } 서비스 가입이 끝납니다.
verify_email-button = 이메일 주소 확인
verify_email-else = 가입한 적이 없다면 그대로 두세요. 링크를 쓰기 전에는 아무 일도 일어나지 않습니다.

new_email-subject = 새 이메일 주소를 확인하세요
new_email-lead = { $email } 주소를 { $app } 계정의 새 주소로 쓰려고 합니다. 본인의 주소가 맞는지 확인하세요. 확인하기 전까지는 이전 주소를 씁니다.
new_email-button = 새 주소 확인
new_email-else = 요청한 적이 없다면 그대로 두세요. 링크를 쓰기 전에는 아무 일도 일어나지 않습니다.

reset_password-subject = 새 비밀번호를 정하세요
reset_password-lead = { $app } 계정의 비밀번호를 잊었다는 요청이 있었습니다. 새 비밀번호를 정하세요.
reset_password-button = 새 비밀번호 정하기
reset_password-else = 요청한 적이 없다면 그대로 두세요. 비밀번호는 바뀌지 않습니다.

set_password-subject = 계정이 준비되었습니다
set_password-lead = 관리자가 { $app } 계정을 만들었습니다. 로그인할 비밀번호를 정하세요.
set_password-button = 비밀번호 정하기
set_password-else = 무슨 일인지 모르겠다면 그대로 두세요. 비밀번호를 정하기 전에는 아무도 로그인할 수 없습니다.

email_changing-subject = 이메일 주소가 곧 바뀝니다
email_changing-lead = { $app } 계정의 주소를 { $email } 주소에서 { $other } 주소로 바꿔 달라는 요청이 있었습니다. 새 주소를 확인하면 바뀝니다.
email_changing-button = 제가 하지 않았습니다
email_changing-else = 본인이 했다면 그대로 두세요. 버튼을 누르면 이전 주소로 되돌리고, 모든 기기에서 로그아웃하고, 새 비밀번호를 정합니다.

email_changed-subject = 이메일 주소가 바뀌었습니다
email_changed-lead = 관리자가 { $app } 계정의 주소를 { $email } 주소에서 { $other } 주소로 바꿨습니다. 잘못되었다면 관리자에게 알리세요.

password_changed-subject = 비밀번호가 바뀌었습니다
password_changed-lead = { $app } 계정의 비밀번호가 바뀌었습니다.
password_changed-button = 제가 하지 않았습니다
password_changed-else = 본인이 했다면 그대로 두세요. 버튼을 누르면 모든 기기에서 로그아웃하고 새 비밀번호를 정합니다.

mfa_enabled-subject = 2단계 인증을 켰습니다
mfa_enabled-lead = 이제 { $app } 계정에 로그인할 때 인증 앱 코드도 필요합니다.
mfa_enabled-button = 제가 하지 않았습니다
mfa_enabled-else = 본인이 했다면 그대로 두세요. 버튼을 누르면 2단계 인증을 다시 끄고 모든 기기에서 로그아웃한 뒤 새 비밀번호를 정합니다.

mfa_disabled-subject = 2단계 인증을 껐습니다
mfa_disabled-lead = 이제 비밀번호만으로 { $app } 계정에 로그인합니다.
mfa_disabled-button = 제가 하지 않았습니다
mfa_disabled-else = 본인이 했다면 그대로 두세요. 버튼을 누르면 모든 기기에서 로그아웃하고 새 비밀번호를 정합니다.

mfa_reset-subject = 2단계 인증이 꺼졌습니다
mfa_reset-lead = { $app } 서비스의 운영자가 계정의 2단계 인증을 끄고 패스키를 삭제했습니다. 요청한 적이 없다면 운영자에게 알리세요.

recovery_code_used-subject = 복구 코드를 사용했습니다
recovery_code_used-lead = { $app } 계정의 복구 코드 하나를 사용했습니다. 그 코드는 다시 쓸 수 없습니다.
recovery_code_used-button = 제가 하지 않았습니다
recovery_code_used-else = 본인이 했다면 그대로 두세요. 버튼을 누르면 모든 기기에서 로그아웃하고 새 비밀번호를 정합니다.

recovery_codes_created-subject = 새 복구 코드를 만들었습니다
recovery_codes_created-lead = { $app } 계정의 복구 코드를 새로 만들었습니다. 이전 코드는 더 이상 쓸 수 없습니다.
recovery_codes_created-button = 제가 하지 않았습니다
recovery_codes_created-else = 본인이 했다면 그대로 두세요. 버튼을 누르면 모든 기기에서 로그아웃하고 새 코드를 없앤 뒤 새 비밀번호를 정합니다.

mfa_failed-subject = 누군가 비밀번호를 알고 있습니다
mfa_failed-lead = 누군가 { $app } 계정에 맞는 비밀번호를 입력한 뒤 틀린 코드를 여러 번 입력했습니다. 로그인하지는 못했습니다.
mfa_failed-button = 제가 하지 않았습니다
mfa_failed-else = 본인이 했다면 그대로 두세요. 버튼을 누르면 모든 기기에서 로그아웃하고 새 비밀번호를 정합니다.

identity_linked-subject = 다른 계정을 연동했습니다
identity_linked-lead = { $app } 계정에 { $known ->
    [yes] { $about } 계정을
   *[no] 다른 서비스의 계정을
} 연동했습니다. 그 서비스에 로그인한 사람은 여기에도 로그인할 수 있습니다.
identity_linked-button = 제가 하지 않았습니다
identity_linked-else = 본인이 했다면 그대로 두세요. 버튼을 누르면 연동을 해제하고 모든 기기에서 로그아웃한 뒤 새 비밀번호를 정합니다.

identity_unlinked-subject = 계정 연동을 해제했습니다
identity_unlinked-lead = 이제 { $known ->
    [yes] { $about } 계정으로
   *[no] 다른 서비스의 계정으로
} { $app } 계정에 로그인할 수 없습니다. 다른 기기에서는 로그아웃했습니다.
identity_unlinked-button = 제가 하지 않았습니다
identity_unlinked-else = 본인이 했다면 그대로 두세요. 버튼을 누르면 모든 기기에서 로그아웃하고 새 비밀번호를 정합니다.

passkey_added-subject = 패스키를 추가했습니다
passkey_added-lead = { $known ->
    [yes] ‘{ $about }’ 패스키를 추가했습니다.
   *[no] 패스키를 추가했습니다.
} 이 패스키가 있으면 비밀번호 없이 { $app } 계정에 로그인할 수 있습니다.
passkey_added-button = 제가 하지 않았습니다
passkey_added-else = 본인이 했다면 그대로 두세요. 버튼을 누르면 패스키를 다시 삭제하고 모든 기기에서 로그아웃한 뒤 새 비밀번호를 정합니다.

passkey_removed-subject = 패스키를 삭제했습니다
passkey_removed-lead = { $known ->
    [yes] ‘{ $about }’ 패스키를 삭제했습니다.
   *[no] 패스키를 삭제했습니다.
} 이제 그 패스키로 { $app } 계정에 로그인할 수 없고, 다른 기기에서는 로그아웃했습니다.
passkey_removed-button = 제가 하지 않았습니다
passkey_removed-else = 본인이 했다면 그대로 두세요. 버튼을 누르면 모든 기기에서 로그아웃하고 새 비밀번호를 정합니다.

new_device-subject = 내 계정에 새로 로그인한 기기가 있습니다
new_device-lead = 처음 보는 기기에서 { $app } 계정에 로그인했습니다.
new_device-button = 제가 하지 않았습니다
new_device-else = 본인이 했다면 그대로 두세요. 버튼을 누르면 모든 기기에서 로그아웃하고 새 비밀번호를 정합니다.

session_replayed-subject = 기기 하나를 로그아웃했습니다
session_replayed-lead = { $app } 로그인 정보 하나가 복사된 것처럼 두 곳에서 쓰였습니다. 그 기기를 로그아웃했습니다.
session_replayed-button = 계정 보호하기
session_replayed-else = 그 기기에서 다시 로그인하세요. 다른 사람이 쓴 것 같다면 버튼을 누르세요. 모든 기기에서 로그아웃하고 새 비밀번호를 정합니다.

account_secured-subject = 계정을 보호했습니다
account_secured-lead = { $app } 계정의 모든 기기에서 로그아웃했고 이전 비밀번호는 더 이상 쓸 수 없습니다. 새 비밀번호를 정하세요.
account_secured-button = 새 비밀번호 정하기
account_secured-else = 링크가 오래되었다면 로그인 화면의 ‘비밀번호를 잊으셨나요?’에서 새 링크를 받으세요.

already_registered-subject = 이미 계정이 있습니다
already_registered-lead = 누군가 이 주소로 { $app } 가입을 시도했습니다. 이 주소의 계정이 이미 있으니 그 계정으로 로그인하세요. 비밀번호를 잊었다면 로그인 화면의 ‘비밀번호를 잊으셨나요?’에서 새로 정할 수 있습니다.
already_registered-else = 직접 한 일이 아니라면 그대로 두세요. 계정은 바뀌지 않습니다.

invitation-subject = { $app } 서비스에 초대합니다
invitation-lead = 관리자가 { $app } 서비스에 초대했습니다. 이름과 비밀번호를 정하고 { $email } 주소로 가입하세요.
invitation-button = 가입하기
invitation-else = 무슨 일인지 모르겠다면 그대로 두세요. 링크를 쓰기 전에는 아무 일도 일어나지 않습니다.

test-subject = { $app } 시험 메일
test-lead = 메일이 잘 갑니다. 방금 보낸 시험 메일입니다.
