// Shared by the tests of what goes to agencies and comes from them: an agency that answers as its script says,
// the store of its files, and the loops that serve it.
#pragma once

#include <memory>
#include <string>

#include "hub/base/ids.h"
#include "hub/exchange/agency.h"
#include "hub/exchange/dispatcher.h"
#include "hub/exchange/keep_budget.h"
#include "hub/exchange/tests/world.h"

namespace hub::exchange::testing {

class AgencyWorld : public World {
 protected:
  std::unique_ptr<Agency> openAgency(const AgencyConfig& config) {
    auto agency = Agency::open(config, *keys_, *attachments_, limits_, clock_);
    if (!agency) {
      ADD_FAILURE() << agency.error().text;
      return nullptr;
    }
    return std::move(*agency);
  }
  std::unique_ptr<Dispatcher> dispatcherOf(Agency& agency, const Inbound& inbound) {
    return std::make_unique<Dispatcher>(agency, *store_, inbound, budget_, limits_, clock_, "");
  }
  // The delivery to minfin of a message that follows the appeal itself.
  store::OutboxRow deliveryAfter(store::RowId appeal, const std::string& type,
                                 store::OutboxState state = store::OutboxState::kPending) {
    store::OutboxRow row;
    row.message_id = newUuid7(clock_.now());
    row.destination = "minfin";
    row.appeal = appeal;
    row.type = type;
    row.state = state;
    row.created_at = row.next_at = clock_.now();
    return row;
  }
  // Stores it with its message; the message id.
  std::string queueAfter(store::RowId appeal, const std::string& type,
                         store::OutboxState state = store::OutboxState::kPending) {
    const auto row = deliveryAfter(appeal, type, state);
    store::MessageRow message{row.message_id, appeal,       type,          "in",
                              "portal",       clock_.now(), "<following/>"};
    auto status = store_->write([&](store::Tx& tx) -> Status {
      if (auto s = tx.addMessage(message); !s) return s;
      return tx.addOutbox(row).status();
    });
    EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().text);
    return row.message_id;
  }

  std::unique_ptr<trust::Keyring> keys_ = trust::makeKeyring();
  std::unique_ptr<transport::AttachmentStore> attachments_ =
      transport::openAttachmentFolder(folder_.file("attachments"), limits_);
  KeepBudget budget_;
};

}  // namespace hub::exchange::testing
