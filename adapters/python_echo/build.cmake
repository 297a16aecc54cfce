# The Python adapter as it is installed: the script with its generated Thrift code beside it, in
# <build>/adapters/python_echo (included from hub/hosting, whose tests run it).
set(python_echo ${CMAKE_BINARY_DIR}/adapters/python_echo)
add_custom_command(
  OUTPUT ${python_echo}/echo_adapter.py ${python_echo}/gen-py/otinish_adapter/ttypes.py
  COMMAND ${CMAKE_COMMAND} -E make_directory ${python_echo}
  COMMAND ${THRIFT_COMPILER} --gen py -o ${python_echo}
          ${CMAKE_SOURCE_DIR}/contracts/adapter/adapter.thrift
  COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/adapters/python_echo/echo_adapter.py
          ${python_echo}/echo_adapter.py
  DEPENDS ${CMAKE_SOURCE_DIR}/adapters/python_echo/echo_adapter.py
          ${CMAKE_SOURCE_DIR}/contracts/adapter/adapter.thrift VERBATIM)
add_custom_target(otinish_python_echo ALL
  DEPENDS ${python_echo}/echo_adapter.py ${python_echo}/gen-py/otinish_adapter/ttypes.py)
