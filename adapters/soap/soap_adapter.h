// SOAP 1.1 adapter driven by settings and stylesheets: one class for every agency that speaks SOAP.
//
// deliver: request stylesheet of the message type → POST → response stylesheet.
// collect: acknowledges what the hub settled, then asks for new messages.
// receive: the agency's push → receive stylesheet → items and the reply.
// Stylesheets answer in the vocabulary of kit/xml.h. Envelopes are written unsigned; the endpoint's
// security profile signs them, and hands back only what the other side's signature covers (the Body
// element, or the whole Envelope where the profile has no signature).
//
// Files: SOAP dialects carry them inside messages, base64. With `attachments: upload` each file of a
// message goes up by a call of its own before the message, which then names what the agency calls
// it; files the agency names are fetched likewise. What is over `attachments_inline_max` is refused
// with a code, never left out.
//
// Files take what time a call has; the next call goes on where it ended.
//
// Threads: constant after configure but for steps_, so verbs may overlap.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "adapters/kit/adapter.h"
#include "adapters/kit/files.h"
#include "adapters/kit/settings.h"
#include "adapters/kit/steps.h"
#include "adapters/kit/time_budget.h"
#include "adapters/kit/xml.h"

namespace otinish {

// What a stylesheet reads that writes a call from its parameters alone.
kit::XmlDocument emptyInput();

class SoapAdapter final : public kit::Adapter {
 public:
  static About about();
  Answer configure(kit::Host& host, const Configuration& configuration) override;
  Answer probe(kit::Host& host) override;
  Answer deliver(kit::Host& host, const Message& message) override;
  Answer collect(kit::Host& host, const CollectRequest& request) override;
  Answer receive(kit::Host& host, const NativeRequest& request) override;

 private:
  // kCut: the call has no time for the rest of the files.
  enum class Fetched { kOk, kLater, kWrong, kCut };
  // What a page of messages waits for.
  enum class Page { kWhole, kLater, kCut };

  Answer translateAgain(kit::Host& host, const NativeRequest& request);
  ExchangeResponse post(kit::Host& host, std::string envelope) const;
  ExchangeResponse postFile(kit::Host& host, std::string envelope) const;
  Answer readDelivery(const kit::XsltMapping& sheet, const ExchangeResponse& response,
                      const kit::StringMap& parameters) const;
  void configureFiles(const kit::Settings& settings);
  Answer checkFiles(const std::vector<kit::CarriedFile>& files) const;
  Answer uploadFiles(kit::Host& host, kit::XmlDocument& document, kit::StringMap with);
  Answer uploadFile(kit::Host& host, kit::CarriedFile& file, const kit::StringMap& with) const;
  Fetched fetchFiles(kit::Host& host, kit::FileBudget& files, Inbound& item);
  Page fetchPage(kit::Host& host, kit::FileBudget& budget, std::vector<Inbound>& items,
                 std::map<std::string, int>& failures, std::map<std::string, int>& in_vain);
  Fetched fetchFile(kit::Host& host, kit::FileBudget& budget, kit::CarriedFile& file,
                    std::string* problem) const;
  Answer judgeFault(const kit::NeutralAnswer& neutral) const;
  kit::NeutralAnswer translate(const kit::XsltMapping& sheet, const std::string& body,
                               const kit::StringMap& parameters) const;
  bool acknowledge(kit::Host& host, const Settled& settled) const;
  std::size_t acknowledgeAll(kit::Host& host, kit::TimeBudget& time,
                             const std::vector<Settled>& all, std::set<std::string>& open,
                             std::set<std::string>& untold, bool given_once) const;
  kit::StringMap parameters() const;

  std::map<std::string, kit::XsltMapping> requests_;  // by message type
  kit::XsltMapping response_, collect_request_, collect_response_, acknowledge_, receive_;
  kit::XsltMapping upload_request_, upload_response_, download_request_, download_response_;
  kit::StringMap scalars_;
  kit::StringMap faults_;
  std::string endpoint_, path_, soap_action_;
  bool knows_repeats_ = false;
  std::string attachments_, files_endpoint_, files_path_;
  std::int64_t attachments_max_ = 0;
  int attachment_rounds_max_ = 60;
  kit::Steps steps_;  // files sent of a message, or fetched of an item
};

}  // namespace otinish
