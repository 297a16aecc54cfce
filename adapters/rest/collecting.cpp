// Collecting: changes by pages, each with the files it names.
//
// An item whose file cannot be fetched yet waits, and what follows it of its appeal with it. Its page is put aside with
// the ids that are still to come, and the pages after it go on; once they are through, the pages put aside are asked for
// again, the oldest first. All of that stands in the cursor, so a restart forgets nothing. They are looked at too while the
// next page cannot be had: it must not hold back what has nothing to do with it.
//
// A list without a cursor, whose rows may change in place or stand newest first, is walked from its first page in every round.
// What was given is not given again by this process; another one, or this after a restart, gives it once more, and the hub
// knows it by its id.
#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/kit/error.h"
#include "adapters/kit/given.h"
#include "adapters/kit/json.h"
#include "adapters/kit/outcome.h"
#include "adapters/rest/calls.h"
#include "adapters/rest/rest_adapter.h"

namespace otinish {
namespace {

using kit::MappingError;
using kit::StringMap;
using nlohmann::json;

// More wait for the first of them: the page that would be one too many holds up what follows it.
constexpr std::size_t kPagesAsideMax = 20;
// Of a page put aside: more are not looked at for what the agency mended.
constexpr std::size_t kGivenAsideMax = 500;

// A page put aside.
struct Aside {
  std::string cursor;
  int limit = 0;                      // it was asked for with
  std::vector<std::string> left;      // ids still to come …
  std::map<std::string, json> about;  // … and of them what each calls its appeal
  std::set<std::string> held;         // names of their appeals
  std::size_t waiting = 0;            // how many of them wait for a file themselves
  kit::GivenItems given;              // the others of the page
  std::string not_served = {};        // why the last look at it came to nothing
};

// {"c": the agency's cursor, "f": {item id: rounds it waited}, "v": {item id: place in the line of those whose files were
// asked for in vain},
// "g": items of this page that the hub has,
// "s": a number that grows with each answer that gives something, "d": digest of the page before, both of a list that is walked,
// "a": [{"c", "l", "w", "k", "h", "n", "g", "s"}: pages put aside], "b": with which of them the next look begins, "r": true if
// these are to be asked for next}
struct Cursor {
  std::string agency;
  std::map<std::string, int> failures;
  std::map<std::string, int> in_vain;
  kit::GivenItems given;
  std::vector<Aside> aside;
  std::size_t first_aside = 0;
  bool look_back = false;
  std::int64_t step = 0;
  std::string before;
};

constexpr const char* kBadCursor = "adapter.bad_cursor";
// Ids and digests of what was given of a list that is walked; beyond that it is given to the hub once more.
constexpr std::size_t kKnownMax = 200'000;

Cursor partsOf(const json& value) {
  Cursor cursor;
  cursor.agency = kit::textMember(value, "c");
  const json failures = value.value("f", json::object());
  if (!failures.is_object()) throw MappingError(kBadCursor, "the cursor's failures are no object");
  for (const auto& [id, count] : failures.items()) {
    cursor.failures[id] = count.get<int>();
  }
  cursor.in_vain = value.value("v", cursor.in_vain);
  cursor.given = kit::GivenItems::read(value.value("g", json::object()));
  for (const json& one : value.value("a", json::array())) {
    Aside page;
    page.cursor = kit::textMember(one, "c");
    page.limit = one.value("l", 0);
    page.left = one.value("w", page.left);
    page.about = one.value("k", page.about);
    page.held = one.value("h", page.held);
    page.waiting = one.value("n", page.waiting);
    page.given = kit::GivenItems::read(one.value("g", json::object()));
    page.not_served = kit::textMember(one, "s");
    cursor.aside.push_back(std::move(page));
  }
  cursor.first_aside = value.value("b", cursor.first_aside);
  cursor.look_back = value.value("r", false);
  cursor.step = value.value("s", cursor.step);
  cursor.before = value.value("d", cursor.before);
  return cursor;
}

// Failure: MappingError kBadCursor.
Cursor readCursor(const std::string& text) {
  if (text.empty()) return {};
  try {
    const json value = kit::parseJson(text);
    if (value.is_object()) return partsOf(value);
  } catch (const MappingError&) {     // no JSON
  } catch (const json::exception&) {  // a member of another kind
  }
  throw MappingError(kBadCursor, "the cursor is not one of this adapter");
}

std::string writeCursor(const Cursor& cursor) {
  json value{{"c", cursor.agency}, {"f", cursor.failures}, {"g", cursor.given.write()}};
  for (const Aside& page : cursor.aside) {
    value["a"].push_back({{"c", page.cursor},
                          {"l", page.limit},
                          {"w", page.left},
                          {"k", page.about},
                          {"h", page.held},
                          {"n", page.waiting},
                          {"g", page.given.write()}});
    if (!page.not_served.empty()) value["a"].back()["s"] = page.not_served;
  }
  if (!cursor.in_vain.empty()) value["v"] = cursor.in_vain;
  if (cursor.first_aside > 0) value["b"] = cursor.first_aside;
  if (cursor.look_back) value["r"] = true;
  if (cursor.step > 0) value["s"] = cursor.step;
  if (!cursor.before.empty()) value["d"] = cursor.before;
  return value.dump();
}

// Whatever an item calls its appeal.
std::set<std::string> namesOf(const Inbound& item) {
  std::set<std::string> names{item.external_id, item.in_reply_to, item.correlation_id,
                              item.reg_number};
  names.erase("");
  return names;
}

json referencesOf(const Inbound& item) {
  json all = json::object();
  for (const auto& [name, value] : {std::pair{"e", &item.external_id},
                                    {"i", &item.in_reply_to},
                                    {"c", &item.correlation_id},
                                    {"r", &item.reg_number}}) {
    if (!value->empty()) all[name] = *value;
  }
  return all;
}

// Of an item that can no longer be had nothing is known but what it was about.
Inbound goneItem(const std::string& id, const json& about, const std::string& why) {
  Inbound item = kit::problemItem(id, "adapter.change_gone", why, {});
  item.external_id = kit::textMember(about, "e");
  item.in_reply_to = kit::textMember(about, "i");
  item.correlation_id = kit::textMember(about, "c");
  item.reg_number = kit::textMember(about, "r");
  return item;
}

}  // namespace

RestAdapter::Fetched RestAdapter::fetchAttachments(kit::Host& host, Files& files, Inbound& item) {
  if (down_.empty() || !item.problem_code.empty()) return Fetched::kOk;
  const std::string work = "fetched " + item.item_id;
  kit::Steps::Done got = steps_.take(work);
  const auto problem = [&item](const std::string& code, const std::string& text) {
    kit::turnDown(item, code, text, item.raw);
    return Fetched::kWrong;
  };
  try {
    const json payload = kit::parseJson(item.body);
    for (const auto& attachment : payload.value("attachments", json::array())) {
      const std::string declared = kit::textMember(attachment, "sha256");
      if (!kit::isSha256Hex(declared)) {
        return problem("adapter.attachment_mismatch", "an attachment has no SHA-256");
      }
      const std::string id = kit::textMember(attachment, "id");
      const std::string step = declared + " " + id;
      if (got.contains(step)) continue;
      if (!files.mayGoOn()) {
        steps_.keep(work, std::move(got));
        return Fetched::kCut;
      }
      ExchangeRequest request = callOf(endpoint_, down_, {{"id", id}, {"sha256", declared}});
      request.into_attachment = true;
      const ExchangeResponse response = host.exchange(request);
      if (!response.ok || response.status >= 300) {
        problem(kit::isOfTrust(response.code) ? response.code : "adapter.attachment_missing",
                "an attachment cannot be fetched");
        if (!kit::mayComeLater(response)) return Fetched::kWrong;
        files.cameNot(response);
        steps_.keep(work, std::move(got));
        return Fetched::kLater;
      }
      if (response.attachment_sha256 != declared) {
        return problem("adapter.attachment_mismatch",
                       "an attachment is not the file that was announced");
      }
      got[step] = "fetched";
      files.came();
    }
  } catch (const MappingError& e) {
    // Of this item only: an attachment that no call can name must not hold up the page.
    return problem("adapter.attachment_missing", e.what());
  }
  return Fetched::kOk;
}

// One collect call.
struct RestAdapter::Round {
  Round(kit::Host& h, const CollectRequest& r)
      : host(h), request(r), files(h), pages(h), cursor(readCursor(r.cursor)) {}

  kit::Host& host;
  const CollectRequest& request;
  Files files;
  kit::TimeBudget pages;
  Cursor cursor;
  Answer answer = kit::done();
  std::size_t bytes = 0;
  // Names of appeals of which an item waits: what follows it of them waits with it.
  std::set<std::string> held;
  std::size_t waiting = 0;    // for a file
  std::size_t later = 0;      // of all pages
  bool full = false;          // more than an answer may hold
  bool cut = false;           // the call has no time for more files
  bool out_of_reach = false;  // the agency itself, not a page of it

  // Of the pages put aside, or of the next one: the others are not reached in this call.
  void lineUp(bool of_aside) {
    const auto aside = idsAside();
    files.lineUp(cursor.in_vain,
                 [&](const std::string& id) { return aside.contains(id) == of_aside; });
  }
  std::set<std::string> idsAside() const {
    std::set<std::string> ids;
    for (const Aside& page : cursor.aside) ids.insert(page.left.begin(), page.left.end());
    return ids;
  }
  bool isHeld(const std::set<std::string>& names) const {
    return std::any_of(names.begin(), names.end(),
                       [this](const std::string& name) { return held.contains(name); });
  }
  // Again at once it would be no further: nothing but time was missing.
  bool goesOn() const {
    return full || (cut && files.isWell() && (files.got() > 0 || !answer.items.empty()));
  }
  std::size_t allWaiting() const {
    std::size_t all = waiting;
    for (const Aside& page : cursor.aside) {
      all += page.waiting > 0 ? page.waiting : page.left.size();
    }
    return all;
  }
  Answer end() {
    if (const std::size_t all = allWaiting(); all > 0) {
      // Not RETRY: the hub would not keep the count.
      answer.code = "adapter.attachment_waits";
      answer.text = kit::waitsText(all);
      for (const Aside& page : cursor.aside) {
        if (page.not_served.empty()) continue;
        answer.text +=
            "; the agency does not serve a page again that it gave before: " + page.not_served;
        break;
      }
    }
    cursor.in_vain = files.line();
    answer.cursor = writeCursor(cursor);
    return std::move(answer);
  }
};

ExchangeResponse RestAdapter::askForPage(Round& round, const std::string& cursor, int limit) const {
  StringMap row = collect_;
  if (cursor.empty() && row.contains("first_path")) row["path"] = row["first_path"];
  return round.host.exchange(callOf(
      endpoint_, row, {{"cursor", cursor}, {"page", cursor}, {"limit", std::to_string(limit)}}));
}

nlohmann::json RestAdapter::pageOf(const std::string& body) const {
  if (page_.empty()) return kit::parseJson(kit::largeIntegersAsText(body));
  return kit::parseJson(kit::largeIntegersAsText(page_.apply(body)));
}

// What an item waited for in vain, or can no longer be had of the agency.
void RestAdapter::countMissing(Round& round, const std::string& why,
                               const std::map<std::string, json>& about,
                               std::vector<std::string>& left) const {
  std::erase_if(left, [&](const std::string& id) {
    // It has no turn: nobody can ask for its files.
    round.files.leave(id);
    if (round.answer.items.size() >= kit::kAnswerItemsMax) return false;
    int& rounds = round.cursor.failures[id];
    if (++rounds < attachment_rounds_max_) return false;
    round.cursor.failures.erase(id);
    const auto known = about.find(id);
    round.answer.items.push_back(
        goneItem(id, known == about.end() ? json::object() : known->second, why));
    return true;
  });
}

// Gives what is complete of the page's wanted items; what is left of them.
RestAdapter::Left RestAdapter::takePage(Round& round, const nlohmann::json& items,
                                        const Wanted& wanted) {
  Left left;
  const auto leave = [&](const Inbound& item, std::set<std::string> names) {
    left.ids.push_back(item.item_id);
    left.about[item.item_id] = referencesOf(item);
    left.names.insert(names.begin(), names.end());
    round.held.merge(names);
  };
  for (const auto& change : items) {
    Inbound item = mapItem(change.dump());
    const std::string digest = kit::GivenItems::digestOf(item);
    if (!wanted(item.item_id, digest)) continue;
    auto names = namesOf(item);
    if (round.full || round.isHeld(names)) {
      leave(item, std::move(names));
      continue;
    }
    std::size_t size = kit::bytesOf(item);
    if (item.problem_code.empty()) size -= item.raw.size();
    if (size > kit::kAnswerBytesMax) {
      kit::turnDown(item, "adapter.too_large", "the item is too large for an answer", {});
      size = kit::bytesOf(item);
    }
    // The rest of a page that is more than an answer may hold comes next.
    round.full = round.answer.items.size() >= kit::kAnswerItemsMax ||
                 (!round.answer.items.empty() && round.bytes + size > kit::kAnswerBytesMax);
    if (round.full) {
      leave(item, std::move(names));
      continue;
    }
    round.files.begin(item.item_id);
    const Fetched fetched = fetchAttachments(round.host, round.files, item);
    if (fetched == Fetched::kLater) round.files.inVain(item.item_id);
    int& rounds = round.cursor.failures[item.item_id];
    const bool counts = fetched == Fetched::kLater && round.files.countsRound(round.later);
    if (counts) ++rounds;
    const bool later = fetched == Fetched::kLater && !(counts && rounds >= attachment_rounds_max_);
    // A problem by now, it brings its change as it came.
    if (!later && fetched != Fetched::kCut && !item.problem_code.empty()) {
      size = kit::bytesOf(item);
      round.full = !round.answer.items.empty() && round.bytes + size > kit::kAnswerBytesMax;
      if (round.full) {
        leave(item, std::move(names));
        continue;
      }
    }
    if (later && round.waiting == 0) {
      round.host.log(kit::LogLevel::kWarning, "rest.attachment_later", item.item_id);
    }
    if (later || fetched == Fetched::kCut) {
      if (rounds == 0) round.cursor.failures.erase(item.item_id);
      leave(item, std::move(names));
      round.waiting += later;
      round.later += later;
      left.waiting += later;
      round.cut = round.cut || !later;
      continue;
    }
    round.cursor.failures.erase(item.item_id);
    round.files.leave(item.item_id);
    if (item.problem_code.empty()) item.raw.clear();
    round.bytes += size;
    left.given.emplace_back(item.item_id, digest);
    round.answer.items.push_back(std::move(item));
  }
  return left;
}

Answer RestAdapter::collect(kit::Host& host, const CollectRequest& request) {
  if (collect_.empty()) {
    return kit::failed(Outcome::kUnsupported, "adapter.no_verb", "collecting is not configured");
  }
  kit::TimeBudget time(host);
  time.mayGoOn(2);  // the page itself
  CollectRequest known = request;
  {
    const std::lock_guard lock(mutex_);
    if (looked_.from == request.cursor) known.cursor = looked_.to;
    looked_ = {};
  }
  Answer failed;
  try {
    Round round(host, known);
    const bool back = round.cursor.look_back && !round.cursor.aside.empty();
    failed = pages_max_ > 0 ? walk(round) : back ? lookBack(round, true) : goOn(round);
    if (failed.outcome == Outcome::kDone || round.cursor.aside.empty() || round.out_of_reach) {
      return failed;
    }
  } catch (const MappingError& e) {
    if (e.code() == kBadCursor) return kit::failed(Outcome::kMisconfigured, e.code(), e.what());
    failed = kit::failed(Outcome::kFault, "adapter.bad_answer", e.what());
  }
  if (!time.mayGoOn(2)) return failed;
  try {
    Round round(host, known);
    Answer found = lookBack(round, false);
    // The hub asks again at once, and hears then that the page fails.
    if (!found.items.empty()) return found;
    // How long they wait is not known to the hub, which keeps no cursor of a failed call.
    const std::lock_guard lock(mutex_);
    looked_ = {request.cursor, std::move(found.cursor)};
  } catch (const MappingError&) {
    // Of a cursor that cannot be read the first look has told.
  }
  return failed;
}

namespace {

// The list of items of a page; throws if it is none. Null where it should be is an empty one, as many a system says it.
json itemsOf(const json& page, const StringMap& row) {
  const auto named = row.find("items");
  const auto items = page.find(named == row.end() ? "items" : named->second);
  if (!page.is_object() || items == page.end() || !(items->is_array() || items->is_null())) {
    throw MappingError("adapter.bad_answer", "the answer has no list of items");
  }
  return items->is_null() ? json::array() : *items;
}

}  // namespace

Answer RestAdapter::goOn(Round& round) {
  Cursor& cursor = round.cursor;
  round.lineUp(false);
  const ExchangeResponse response = askForPage(round, cursor.agency, round.request.limit);
  round.out_of_reach = !response.ok && response.status == 0 && response.retryable;
  if (!response.ok) return kit::fromExchangeFailure(response);
  if (response.status >= 300) return statusAnswer(kit::outcomeOfStatus(response.status), response);
  const json page = pageOf(bodyOf(response));
  for (const Aside& one : cursor.aside) round.held.insert(one.held.begin(), one.held.end());
  std::set<std::string> known = round.idsAside();
  Left left = takePage(round, itemsOf(page, collect_),
                       [&](const std::string& id, const std::string& digest) {
                         known.insert(id);
                         return !cursor.given.has(id, digest);
                       });
  for (const auto& [id, digest] : left.given) cursor.given.add(id, digest);
  // What the agency withdrew from the page it holds up no more.
  const auto isKnown = [&](const std::string& id) { return known.contains(id); };
  round.files.keepOnly(isKnown);
  std::erase_if(cursor.failures, [&](const auto& one) { return !isKnown(one.first); });
  const auto member = [&](const char* name, const char* fallback) {
    const auto named = collect_.find(name);
    return kit::textMember(page, named == collect_.end() ? fallback : named->second.c_str());
  };
  const std::string next = member("next", "nextCursor");
  if (!left.ids.empty() && !round.goesOn() && !next.empty() && next != cursor.agency &&
      cursor.aside.size() < kPagesAsideMax) {
    // Once it is among those put aside, it is counted there.
    round.waiting -= left.waiting;
    cursor.given.keepFirst(kGivenAsideMax);
    cursor.aside.push_back({cursor.agency, round.request.limit, std::move(left.ids),
                            std::move(left.about), std::move(left.names), left.waiting,
                            std::move(cursor.given)});
    left.ids.clear();
  }
  if (left.ids.empty()) {
    if (!next.empty()) cursor.agency = next;
    cursor.given.clear();
    round.answer.more = member("more", "more") == "true";
  } else {
    // Come back to this page: at once if that was a step forward.
    round.answer.more = round.goesOn();
  }
  cursor.look_back = !round.answer.more && !cursor.aside.empty();
  return round.end();
}

Answer RestAdapter::walk(Round& round) {
  Cursor& cursor = round.cursor;
  {
    const std::lock_guard lock(mutex_);
    // Else the hub has not got them, or another process was asked meanwhile.
    if (walked_.cursor == round.request.cursor) {
      for (auto& [id, digest] : walked_.given) walked_.known[id] = std::move(digest);
    }
    walked_.given.clear();
    if (walked_.known.size() > kKnownMax) walked_.known.clear();
  }
  const auto named = collect_.find("more");
  std::vector<std::pair<std::string, std::string>> given;
  std::map<std::string, std::string> in_this_call;
  const auto wanted = [&](const std::string& id, const std::string& digest) {
    const auto is = [&](const std::map<std::string, std::string>& items) {
      const auto it = items.find(id);
      return it != items.end() && it->second == digest;
    };
    const std::lock_guard lock(mutex_);
    return !is(in_this_call) && !is(walked_.known);
  };
  bool cut_off = false;
  for (bool over = false; !over;) {
    const int page = cursor.agency.empty() ? 1 : std::atoi(cursor.agency.c_str());
    const ExchangeResponse response = askForPage(round, std::to_string(page), round.request.limit);
    round.out_of_reach = !response.ok && response.status == 0 && response.retryable;
    if (!response.ok) return kit::fromExchangeFailure(response);
    // So says many a system of a page behind the last.
    const bool behind = page > 1 && response.status == 404;
    if (!behind && response.status >= 300) {
      return statusAnswer(kit::outcomeOfStatus(response.status), response);
    }
    const json body = behind ? json() : pageOf(bodyOf(response));
    json items = behind ? json::array() : itemsOf(body, collect_);
    const std::string digest = kit::sha256Hex(items.dump());
    // Others give their last page for every page behind it.
    const bool end = items.empty() || digest == cursor.before;
    // Only whether there is one is asked of it.
    const bool beyond = page > pages_max_;
    Left left;
    if (!end && !beyond) {
      if (collect_.at("newest_first") == "true") std::reverse(items.begin(), items.end());
      left = takePage(round, items, wanted);
    }
    for (auto& one : left.given) {
      in_this_call[one.first] = one.second;
      given.push_back(std::move(one));
    }
    const bool told_end =
        named != collect_.end() && kit::textMember(body, named->second.c_str()) == "false";
    if (!left.ids.empty() && round.goesOn()) {
      round.answer.more = over = true;  // this page again
    } else if (end || told_end || beyond) {
      cut_off = beyond && !end;
      cursor.agency.clear();
      cursor.before.clear();
      over = true;
    } else {
      cursor.agency = std::to_string(page + 1);
      cursor.before = digest;
      round.answer.more = over = !given.empty() || !round.pages.mayGoOn(kit::TimeBudget::kForFiles);
    }
  }
  if (!given.empty() || round.answer.more) ++cursor.step;
  Answer answer = round.end();
  if (cut_off && answer.code.empty()) {
    answer.code = "adapter.list_cut_off";
    answer.text =
        "the list goes on behind page " + std::to_string(pages_max_) + ", collect.pages_max";
  }
  const std::lock_guard lock(mutex_);
  walked_.given = std::move(given);
  walked_.cursor = answer.cursor;
  return answer;
}

// `served`: the agency gives its next page, so that a page put aside which it does not give has a trouble of its own.
Answer RestAdapter::lookBack(Round& round, bool served) {
  Cursor& cursor = round.cursor;
  cursor.look_back = false;
  round.lineUp(true);
  constexpr int kFailedMax = 3;
  int failed = 0;
  bool down = false;
  // Where a call has no time for all of them the next one begins with those that this one did not come to.
  const std::size_t first = cursor.first_aside < cursor.aside.size() ? cursor.first_aside : 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < cursor.aside.size(); ++i) {
    Aside& aside = cursor.aside[i];
    const auto hold = [&] { round.held.insert(aside.held.begin(), aside.held.end()); };
    // In order: what is not looked at holds back the same appeals all the same.
    if (i < first || next > 0) {
      hold();
      continue;
    }
    if (down || round.full || !round.pages.mayGoOn(kit::TimeBudget::kForFiles)) {
      if (!down && !round.full) next = i;
      hold();
      continue;
    }
    const ExchangeResponse response = askForPage(round, aside.cursor, aside.limit);
    if (kit::mayComeLater(response)) {
      const std::string why = "HTTP status " + std::to_string(response.status);
      down = response.status == 0 || !served || ++failed >= kFailedMax;
      if (response.status != 0 && served) {
        aside.not_served = why;
        countMissing(round, "the agency does not serve the page on which the item stood: " + why,
                     aside.about, aside.left);
      }
      hold();
      continue;
    }
    json page;
    bool readable = response.ok && response.status < 300;
    try {
      if (readable) page = pageOf(bodyOf(response));
      if (readable) itemsOf(page, collect_);
    } catch (const MappingError&) {
      readable = false;
    }
    if (!readable) {
      countMissing(round, "the agency gives the page no more on which the item stood", aside.about,
                   aside.left);
      hold();
      continue;
    }
    std::set<std::string> gone(aside.left.begin(), aside.left.end());
    const std::set<std::string> wanted = gone;
    Left left = takePage(round, itemsOf(page, collect_),
                         [&](const std::string& id, const std::string& digest) {
                           gone.erase(id);
                           return wanted.contains(id) || aside.given.wasOther(id, digest);
                         });
    for (const auto& [id, digest] : left.given) aside.given.add(id, digest);
    aside.given.keepFirst(kGivenAsideMax);
    std::vector<std::string> missing(gone.begin(), gone.end());
    countMissing(round, "the agency's list has the item no more", aside.about, missing);
    if (!missing.empty()) left.names.insert(aside.held.begin(), aside.held.end());
    round.held.insert(left.names.begin(), left.names.end());
    for (const std::string& id : missing) left.about[id] = aside.about[id];
    left.ids.insert(left.ids.end(), missing.begin(), missing.end());
    round.waiting -= left.waiting;
    aside = {std::move(aside.cursor), aside.limit,  std::move(left.ids),   std::move(left.about),
             std::move(left.names),   left.waiting, std::move(aside.given)};
  }
  cursor.first_aside = next;
  for (std::size_t i = 0; i < next; ++i) cursor.first_aside -= cursor.aside[i].left.empty() ? 1 : 0;
  std::erase_if(cursor.aside, [](const Aside& aside) { return aside.left.empty(); });
  // Then the new pages, or the rest of these.
  cursor.look_back = round.goesOn();
  round.answer.more = true;
  return round.end();
}

}  // namespace otinish
