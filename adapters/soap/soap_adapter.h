// SOAP 1.1 adapter driven by settings and stylesheets: one class for every agency that speaks SOAP.
//
// deliver: request stylesheet of the message type → POST → response stylesheet.
// collect: acknowledges what the hub settled, then asks for new messages.
// receive: the agency's push → receive stylesheet → items and the reply.
// Stylesheets answer in the vocabulary of kit/xml.h. Envelopes are written unsigned; the endpoint's
// security profile signs them, and hands back only what the other side's signature covers (the Body
// element, or the whole Envelope where the profile has no signature).
//
// Threads: constant after configure, so verbs may overlap.
#pragma once

#include <map>
#include <memory>

#include "adapters/kit/adapter.h"
#include "adapters/kit/settings.h"
#include "adapters/kit/xml.h"

namespace otinish {

class SoapAdapter final : public kit::Adapter {
 public:
  static About about();
  Answer configure(kit::Host& host, const Configuration& configuration) override;
  Answer probe(kit::Host& host) override;
  Answer deliver(kit::Host& host, const Message& message) override;
  Answer collect(kit::Host& host, const CollectRequest& request) override;
  Answer receive(kit::Host& host, const NativeRequest& request) override;

 private:
  ExchangeResponse post(kit::Host& host, std::string envelope) const;
  Answer readDelivery(const ExchangeResponse& response, const kit::StringMap& parameters) const;
  Answer judgeFault(const kit::NeutralAnswer& neutral) const;
  kit::NeutralAnswer translate(const kit::XsltMapping& sheet, const std::string& body,
                               const kit::StringMap& parameters) const;
  bool acknowledge(kit::Host& host, const Settled& settled) const;
  kit::StringMap parameters() const;

  std::map<std::string, kit::XsltMapping> requests_;  // by message type
  kit::XsltMapping response_, collect_request_, collect_response_, acknowledge_, receive_;
  kit::StringMap scalars_;
  kit::StringMap faults_;
  std::string endpoint_, path_, soap_action_;
};

}  // namespace otinish
