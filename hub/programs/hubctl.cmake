# hubctl and its test (against the web room's fake service).
otinish_program(hubctl
  SOURCES hubctl.cpp hubctl_agencies.cpp hubctl_answer.cpp hubctl_appeals.cpp hubctl_casework.cpp hubctl_client.cpp
    hubctl_commands.cpp hubctl_intake.cpp hubctl_law.cpp hubctl_law_data.cpp hubctl_law_diff.cpp
    hubctl_notices.cpp hubctl_offline.cpp hubctl_options.cpp hubctl_queues.cpp hubctl_reports.cpp hubctl_sub_orders.cpp
    hubctl_table.cpp hubctl_texts.cpp
  LINKS otinish_base otinish_model otinish_rules otinish_kit Poco::Net Poco::NetSSL Poco::Crypto)
target_compile_definitions(hubctl PRIVATE OTINISH_VERSION="${PROJECT_VERSION}")
otinish_test(programs_hubctl_test SOURCES tests/hubctl_test.cpp LINKS otinish_web_test)
if(TARGET programs_hubctl_test)
  add_dependencies(programs_hubctl_test hubctl)
  add_test(NAME programs_hubctl_texts_test COMMAND /usr/bin/python3 -B test_hubctl_texts.py
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/tests)
endif()
