#include "hub/exchange/outside_texts.h"

#include "hub/base/text.h"
#include "hub/exchange/suspension.h"

namespace hub::exchange {
namespace {

// Of a complaint without a number here: a number fits into a sentence as it is, these words do not.
struct OutsideTexts {
  std::string_view type, kk, ru, en;
};
constexpr OutsideTexts kOutsideTexts[] = {
    {"execution_suspended", "Актінің орындалуы хабтан тыс берілген шағыммен{} тоқтатыла тұрды",
     "Исполнение акта приостановлено жалобой, поданной вне хаба{}",
     "The execution of the act is suspended by a complaint filed outside the hub{}"},
    {"execution_resumed", "Актінің орындалуы хабтан тыс берілген шағымнан{} кейін жалғасады",
     "Исполнение акта возобновлено после жалобы, поданной вне хаба{}",
     "The execution of the act goes on after a complaint filed outside the hub{}"},
    {"execution_still_stopped",
     "Хабтан тыс берілген шағым{} ештеңені өзгертпеді; актінің орындалуын басқа шағым тоқтатып тұр",
     "Жалоба, поданная вне хаба{}, ничего не изменила; исполнение акта приостановлено другой "
     "жалобой",
     "A complaint filed outside the hub{} changed nothing; another one still stops the execution "
     "of "
     "the act"},
    {"execution_over",
     "Хабтан тыс берілген шағым{} бойынша шешімге орай акт бұдан әрі орындалмайды",
     "По решению на жалобу, поданную вне хаба{}, акт больше не исполняется",
     "By the decision on a complaint filed outside the hub{} the act is not executed any more"},
    {"execution_stop_joined",
     "Хабтан тыс берілген деп белгіленген шағым{} актінің орындалуын тоқтатып тұрған басқа "
     "шағымның өзі: ол бір рет есептеледі",
     "Жалоба, отмеченная как поданная вне хаба{}, — одна из тех, что уже приостановили исполнение "
     "акта: она учитывается один раз",
     "The complaint noted as filed outside the hub{} is another one of those that stop the act: it "
     "counts once"},
    {"complaint_to_confirm",
     "Өтініш беруші хабтан тыс берілген шағым{} туралы хабарлады: тіркеуші растағаннан кейін ол "
     "актінің орындалуын тоқтата тұрады",
     "Заявитель сообщил о жалобе, поданной вне хаба{}: она приостановит исполнение акта, когда её "
     "подтвердит регистратор",
     "The applicant told of a complaint filed outside the hub{}: it will stop the execution of the "
     "act when the registrar confirms it"},
};

}  // namespace

void sayOutside(store::EventRow& event, std::string_view complaint) {
  auto mark = std::string(trim(complaint.substr(std::string_view(kOutside).size())));
  if (!mark.empty()) mark = " (" + mark + ")";
  const auto with = [&](std::string_view text) {
    std::string out(text);
    return out.replace(out.find("{}"), 2, mark);
  };
  for (const auto& texts : kOutsideTexts) {
    if (texts.type != event.type) continue;
    event.text_kk = with(texts.kk);
    event.text_ru = with(texts.ru);
    event.text_en = with(texts.en);
  }
}

}  // namespace hub::exchange
