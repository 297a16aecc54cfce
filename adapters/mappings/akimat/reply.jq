# A pushed change → what the akimat wants to read back.
{received: true, changeId: .changeId}
