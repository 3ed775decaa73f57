# The texts of the pages in Korean, with the same keys as in English.

common =
    .language = 한국어
    .title = { $title } – { $name }
    .error-title = 오류: { $title } – { $name }
    .error = 오류:
    .privacy = 개인정보
    .help = 도움말
    .email-address = 이메일 주소
    .full-name = 이름
    .password = 비밀번호
    .show = 보기
    .hide = 숨기기
    .problem = 입력한 내용을 확인하세요
    .for-account = { $email } 계정
    .continue = 계속
    .too-long-open = 페이지를 연 지 오래되었습니다
    .press-again = 바뀐 것은 없습니다. 버튼을 한 번 더 누르세요.
    .password-hint = { $least }자 이상. 서로 관계없는 단어 서너 개면 좋습니다. 띄어쓰기도 됩니다.
    .you-can-sign-in = 이제 로그인할 수 있습니다.
    .close-page = 이 페이지를 닫아도 됩니다.

refused =
    .not-an-address = name@example.org 같은 이메일 주소를 입력하세요
    .name-missing = 이름을 입력하세요
    .name-too-long = 이름은 { $most }자까지 쓸 수 있습니다
    .name-unseen = 이름에서 보이지 않는 문자를 지우세요
    .password-missing = 새 비밀번호를 입력하세요
    .password-too-short = { $length ->
       *[other] { $least }자 이상 입력하세요. 지금은 { $length }자입니다
    }
    .password-too-long = { $most }자까지 쓸 수 있습니다
    .password-nul = 다른 비밀번호를 정하세요. 쓸 수 없는 문자가 있습니다
    .password-common = 다른 비밀번호를 정하세요. 이 비밀번호는 쉽게 짐작할 수 있습니다
    .wrong-code = 코드가 맞지 않습니다
    .wrong-code-hint = 가장 최근 메일의 숫자 6자리를 입력하거나 링크를 여세요.

error =
    .title = 서버에 문제가 생겼습니다
    .ours-unchanged = 사용자의 잘못이 아닙니다. 바뀐 것은 없습니다.
    .ours = 사용자의 잘못이 아닙니다.
    .wait = 1분 뒤에 다시 시도하세요.
    .tell = 같은 문제가 생기면 { $contact } 주소로 아래 번호와 함께 알려 주세요.
    .tell-somebody = 같은 문제가 생기면 { $name } 관리자에게 아래 번호와 함께 알려 주세요.
    .request = 요청 번호
    .code = 오류 코드
    .again = 다시 시도

busy =
    .title = 로그인이 몰리고 있습니다
    .lead = { $seconds ->
       *[other] { $seconds }초 뒤에 다시 시도하세요.
    }

throttled =
    .title = 잠시 뒤에 다시 시도하세요
    .lead = 시도가 많았습니다. 계정이 잠긴 것은 아닙니다.

not-found =
    .title = 페이지가 없습니다
    .lead = 주소가 틀렸거나 페이지가 옮겨졌습니다.

elsewhere =
    .title = 다른 사이트에서 온 요청입니다
    .lead = 다른 사이트가 이 양식을 보냈습니다. 바뀐 것은 없습니다.

unreadable =
    .title = 내용을 읽을 수 없습니다
    .lead = 브라우저가 이 페이지와 다른 내용을 보냈습니다. 바뀐 것은 없습니다.
    .open = 페이지 다시 열기

verify-email =
    .title = 이메일 주소 확인
    .question = { $email } 주소가 맞나요?
    .confirm = 네, 확인합니다
    .hint = 가입한 적이 없다면 이 페이지를 닫으세요. 버튼을 누르기 전에는 아무 일도 일어나지 않습니다.
    .hint-change = 요청한 적이 없다면 이 페이지를 닫으세요. 버튼을 누르기 전에는 아무 일도 일어나지 않습니다.
    .done = 이메일 주소를 확인했습니다
    .again-lead = 이메일 주소를 입력하세요. 주소를 확인하는 새 링크를 보냅니다.

link-expired =
    .confirmed-already = 이미 주소를 확인했다면 더 할 일이 없습니다.
    .title = 더 이상 쓸 수 없는 링크입니다
    .lead = 이미 썼거나 30분이 지났습니다. 가장 최근 메일의 링크를 쓰세요.
    .lead-days = 이미 썼거나 72시간이 지났습니다.
    .lead-week = 이미 썼거나 취소되었거나 7일이 지났습니다.
    .send = 새 링크 보내기
    .secure = 계정을 지키려면 새 비밀번호를 정하세요.
    .ask-again = 초대한 사람에게 다시 요청하세요.

forgot-password =
    .title = 비밀번호를 잊으셨나요?
    .lead = 이메일 주소를 입력하세요. 새 비밀번호를 정하는 링크를 보냅니다.
    .send = 링크 보내기

check-mail =
    .title = 메일을 확인하세요
    .sent = { $email } 주소의 계정이 있다면 곧 메일이 도착합니다. 30분 동안 쓸 수 있습니다.
    .code = 메일에 있는 코드
    .code-hint = 메일에 링크와 6자리 코드가 있습니다. 링크를 열거나 여기에 코드를 입력하세요.
    .nothing = 메일이 오지 않았습니다
    .wait = 2분쯤 걸릴 수 있습니다. 스팸함도 확인하세요. 보낸 사람은 { $from } 주소입니다.
    .again = 다시 보내기
    .another = 다른 주소 쓰기

new-password =
    .title = 새 비밀번호
    .least = { $least }자 이상, 길수록 좋습니다
    .words = 서로 관계없는 단어 서너 개면 좋습니다
    .not-yours = 이름이나 이메일 주소는 안 됩니다
    .not-leaked = 공개된 유출 목록에 있는 비밀번호는 안 됩니다
    .label = 새 비밀번호
    .save = 새 비밀번호 저장
    .hint = 저장하면 모든 기기에서 로그아웃됩니다.
    .done = 비밀번호를 바꿨습니다
    .done-lead = 모든 기기에서 로그아웃했습니다. 새 비밀번호로 로그인하세요.

undo-email =
    .title = 이전 주소로 되돌릴까요?
    .lead = 계정이 { $email } 주소로 돌아갑니다.
    .confirm = 네, 되돌립니다
    .consequence = 모든 기기에서 로그아웃되고 지금 비밀번호는 쓸 수 없게 됩니다. 새 비밀번호를 정하는 링크를 메일로 보냅니다.
    .hint = 주소를 직접 바꿨다면 이 페이지를 닫으세요. 버튼을 누르기 전에는 아무 일도 일어나지 않습니다.
    .done = 이전 주소로 되돌렸습니다
    .done-lead = 모든 기기에서 로그아웃했습니다. 새 비밀번호를 정하는 링크를 메일로 보냈습니다.

was-it-you =
    .title = 본인이 맞나요?
    .new-sign-in = 내 계정에 새로 로그인한 기기가 있습니다
    .password = 비밀번호가 바뀌었습니다
    .replayed = 로그인 정보 하나가 복사된 것처럼 두 곳에서 쓰였습니다. 그 기기를 로그아웃했습니다.
    .lead = { $email } 계정에 바뀐 것이 있습니다
    .not-me = 아니요, 계정을 보호합니다
    .me = 네, 제가 했습니다
    .hint = ‘아니요’를 누르면 모든 기기에서 바로 로그아웃하고 새 비밀번호를 정합니다.
    .done = 계정을 보호했습니다
    .done-lead = 모든 기기에서 로그아웃했습니다. 새 비밀번호를 정하는 링크를 메일로 보냈습니다.
    .stays = 그대로 두었습니다

join =
    .title = 계정 만들기
    .terms = 계정을 만들면 <a href="{ $terms }">이용약관</a>에 동의하게 됩니다.
    .create = 계정 만들기
    .done = 계정을 만들었습니다

taken =
    .title = 이 주소의 계정이 있습니다
    .lead = 로그인하거나 새 비밀번호를 정하세요.
