<?xml version="1.0" encoding="UTF-8"?>
<!-- What the ministry sends back, pushed to us (sendMessage, changeMassageStatusNotification) or
     fetched (getMessagesResponse), as items; a push gets its reply here too. One item that was kept,
     a bare <messages> or <request>, reads the same. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns="urn:otinish:appeal:1" xmlns:a="urn:otinish:adapter:1"
    xmlns:t="http://bip.bee.kz/AsyncChannel/v10/Types"
    xmlns:c="http://bip.bee.kz/AsyncChannel/v10/Types/Client"
    xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:exsl="http://exslt.org/common"
    xmlns:str="http://exslt.org/strings" exclude-result-prefixes="t c soapenv xsi exsl str">
  <xsl:output method="xml" encoding="UTF-8"/>
  <xsl:param name="now"/>
  <xsl:variable name="notification" select="'http://esedo.nitec.kz/service/model/notification'"/>
  <xsl:variable name="document" select="'http://esedo.nitec.kz/service/model/document'"/>

  <xsl:template match="/">
    <xsl:variable name="body" select="(soapenv:Envelope/soapenv:Body | soapenv:Body)[1]"/>
    <a:answer>
      <xsl:apply-templates select="$body/*[1]"/>
      <xsl:apply-templates select="(messages | request)[messageInfo]" mode="item"/>
      <xsl:apply-templates select="request/notification" mode="fate"/>
      <xsl:if test="not($body/* | messages[messageInfo] | request[messageInfo | notification])">
        <xsl:message terminate="yes">adapter.bad_answer: the SOAP body is empty</xsl:message>
      </xsl:if>
    </a:answer>
  </xsl:template>

  <xsl:template match="soapenv:Fault">
    <xsl:variable name="info" select="detail/*[errorCode][1]"/>
    <a:fault code="{concat($info/errorCode, substring(faultcode, 1, number(not($info)) * 200))}" text="{$info/errorMessage}"/>
  </xsl:template>

  <xsl:template match="t:getMessagesResponse">
    <xsl:apply-templates select="response/messages" mode="item"/>
  </xsl:template>

  <xsl:template match="t:sendMessage">
    <!-- A push stands alone and can be refused as a whole. -->
    <xsl:if test="not(request/messageInfo/messageId != '')">
      <xsl:message terminate="yes">adapter.bad_answer: a message without messageId</xsl:message>
    </xsl:if>
    <xsl:apply-templates select="request" mode="item"/>
    <a:reply status="200">
      <soapenv:Envelope>
        <soapenv:Header/>
        <soapenv:Body>
          <t:sendMessageResponse>
            <response xmlns="">
              <messageId><xsl:value-of select="request/messageInfo/messageId"/></messageId>
              <correlationId><xsl:value-of select="request/messageInfo/correlationId"/></correlationId>
              <responseDate><xsl:value-of select="$now"/></responseDate>
            </response>
          </t:sendMessageResponse>
        </soapenv:Body>
      </soapenv:Envelope>
    </a:reply>
  </xsl:template>

  <!-- The gateway's word on our own messages. That one is under way or arrived the outbox knows already. -->
  <xsl:template match="notification[messageState = 'ON_DELIVERY' or messageState = 'DELIVERED']" mode="fate"/>

  <xsl:template match="notification" mode="fate">
    <xsl:variable name="lost" select="messageState = 'NOT_DELIVERED' or messageState = 'DELIVERY_STOPPED'"/>
    <xsl:variable name="why" select="(error[errorCode != ''] | status)[last()]"/>
    <a:item item_id="{notificationId}" external_id="message:{messageId}">
      <xsl:attribute name="problem_code">
        <xsl:choose>
          <xsl:when test="$lost">adapter.not_delivered</xsl:when>
          <xsl:otherwise>adapter.unknown_code</xsl:otherwise>
        </xsl:choose>
      </xsl:attribute>
      <xsl:attribute name="problem_text">
        <xsl:value-of select="normalize-space(concat(messageState, ' ', $why/errorCode, $why/statusCode, ' ', $why/errorMessage, $why/statusMessage))"/>
      </xsl:attribute>
      <a:raw><xsl:copy-of select=".."/></a:raw>
    </a:item>
  </xsl:template>

  <xsl:template match="c:changeMassageStatusNotification">
    <xsl:apply-templates select="request/notification" mode="fate"/>
    <a:reply status="200">
      <soapenv:Envelope>
        <soapenv:Header/>
        <soapenv:Body>
          <c:changeMassageStatusNotificationResponse>
            <response xmlns="">
              <responseDate><xsl:value-of select="$now"/></responseDate>
              <sessionId>
                <xsl:value-of select="request/sessionId"/>
                <xsl:if test="not(request/sessionId)">{00000000-0000-0000-0000-000000000000}</xsl:if>
              </sessionId>
            </response>
          </c:changeMassageStatusNotificationResponse>
        </soapenv:Body>
      </soapenv:Envelope>
    </a:reply>
  </xsl:template>

  <xsl:template match="*">
    <xsl:message terminate="yes">adapter.bad_answer: an unknown operation</xsl:message>
  </xsl:template>

  <!-- Participants write `data` in four ways, and qualified or not: elements inside without a type, with
       xsi:type, as text (xs:string), and as elements that say they are text. Where nothing names the type,
       an element inside may bear its name, and else the fields tell it that stand in one type only. -->
  <xsl:template match="*" mode="item">
    <xsl:variable name="outer" select="messageData/*[local-name() = 'data'][1]"/>
    <xsl:variable name="text" select="string($outer[not(*)])"/>
    <xsl:variable name="parsed" select="a:parse($text)"/>
    <xsl:variable name="root" select="($outer[*] | $parsed/*)[1]"/>
    <xsl:variable name="named" select="($root | $root[count(*) = 1]/*)[local-name() = 'docOutgoing' or a:look-up('receipt', local-name()) != ''][1]"/>
    <xsl:variable name="carrier" select="($named | $root[not($named)])[1]"/>
    <xsl:variable name="prefix" select="substring-before($carrier/@xsi:type, ':')"/>
    <!-- The transport hands over exclusive C14N, which drops the declaration of a prefix that stands
         in a value only. A binding that is there must be right; one that was dropped says nothing. -->
    <xsl:variable name="said" select="substring($carrier/@xsi:type, 1 + string-length($prefix) + number($prefix != ''))"/>
    <xsl:variable name="space">
      <xsl:choose>
        <xsl:when test="$named"><xsl:value-of select="namespace-uri($named)"/></xsl:when>
        <xsl:when test="$said != '' and $said != 'string'"><xsl:value-of select="$carrier/namespace::*[name() = $prefix]"/></xsl:when>
      </xsl:choose>
    </xsl:variable>
    <!-- Whatever namespace the fields were written in. -->
    <xsl:variable name="plain"><data xmlns=""><xsl:apply-templates select="$carrier/*" mode="plain"/></data></xsl:variable>
    <xsl:variable name="data" select="exsl:node-set($plain)/*"/>
    <xsl:variable name="type">
      <xsl:choose>
        <xsl:when test="$named"><xsl:value-of select="local-name($named)"/></xsl:when>
        <xsl:when test="$said != '' and $said != 'string'"><xsl:value-of select="$said"/></xsl:when>
        <xsl:when test="$data/resolutionText or $data/docToNumber">docOutgoing</xsl:when>
        <xsl:when test="$data/isValidReason">stateNotValid</xsl:when>
        <xsl:when test="$data/regNo">stateRegistered</xsl:when>
        <xsl:when test="$data/resultText or $data/resultCode or $data/realDate">stateFinished</xsl:when>
        <xsl:when test="$data/controlTypeCode">stateNewControl</xsl:when>
        <xsl:when test="$data/executive">stateExecution</xsl:when>
      </xsl:choose>
    </xsl:variable>
    <xsl:variable name="resolution">
      <xsl:apply-templates select="$data" mode="resolution"><xsl:with-param name="column" select="'outcome'"/></xsl:apply-templates>
    </xsl:variable>
    <xsl:choose>
      <xsl:when test="not(messageInfo/messageId != '')">
        <!-- Of a page only this one is bad. Without an id of its own the hub knows it by its digest. -->
        <xsl:call-template name="problem">
          <xsl:with-param name="code" select="'adapter.bad_answer'"/>
          <xsl:with-param name="text" select="'a message without messageId'"/>
        </xsl:call-template>
      </xsl:when>
      <xsl:when test="($space = $document or $space = '') and $type = 'docOutgoing' and messageInfo/messageType = 'RESPONSE'">
        <xsl:choose>
          <xsl:when test="$resolution = ''">
            <xsl:call-template name="problem">
              <xsl:with-param name="code" select="'adapter.unknown_code'"/>
              <xsl:with-param name="text" select="'resolutionText is not in the table'"/>
            </xsl:call-template>
          </xsl:when>
          <xsl:otherwise>
            <a:item item_id="{messageInfo/messageId}" type="decision/1" external_id="{messageInfo/correlationId}" reg_number="{$data/docToNumber}">
              <a:payload><xsl:apply-templates select="$data" mode="decision"/></a:payload>
              <!-- Kept if the files cannot be fetched. -->
              <xsl:if test="$data/attachments"><a:raw><xsl:copy-of select="."/></a:raw></xsl:if>
            </a:item>
          </xsl:otherwise>
        </xsl:choose>
      </xsl:when>
      <xsl:when test="($space = $notification or $space = '') and a:look-up('receipt', $type) != ''">
        <a:item item_id="{messageInfo/messageId}" type="status/1" external_id="{messageInfo/correlationId}">
          <a:payload>
            <status>
              <xsl:apply-templates select="$data" mode="status"><xsl:with-param name="type" select="$type"/></xsl:apply-templates>
            </status>
          </a:payload>
        </a:item>
      </xsl:when>
      <xsl:otherwise>
        <xsl:call-template name="problem">
          <xsl:with-param name="code" select="'adapter.unknown_item'"/>
          <xsl:with-param name="text" select="'no mapping for this messageType and xsi:type'"/>
        </xsl:call-template>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template match="*" mode="plain">
    <xsl:element name="{local-name()}" namespace=""><xsl:apply-templates select="node()" mode="plain"/></xsl:element>
  </xsl:template>

  <xsl:template name="problem">
    <xsl:param name="code"/>
    <xsl:param name="text"/>
    <a:item item_id="{messageInfo/messageId}" external_id="{messageInfo/correlationId}" problem_code="{$code}" problem_text="{$text}">
      <a:raw><xsl:copy-of select="."/></a:raw>
    </a:item>
  </xsl:template>

  <xsl:template match="data" mode="status">
    <xsl:param name="type"/>
    <status><xsl:value-of select="a:look-up('receipt', $type)"/></status>
    <xsl:if test="regNo != ''"><agency_number><xsl:value-of select="regNo"/></agency_number></xsl:if>
    <at><xsl:call-template name="moment"><xsl:with-param name="text" select="(date | realDate)[1]"/></xsl:call-template></at>
    <xsl:if test="execDate != ''"><until><xsl:value-of select="substring(execDate, 1, 10)"/></until></xsl:if>
    <xsl:if test="isValidReason != ''">
      <xsl:variable name="words" select="a:look-up('not_valid', string(isValidReason))"/>
      <note><xsl:value-of select="$words"/><xsl:if test="$words = ''"><xsl:value-of select="isValidReason"/></xsl:if></note>
    </xsl:if>
    <xsl:if test="controlTypeNameKz != '' or controlTypeNameRu != ''">
      <note>
        <xsl:value-of select="controlTypeNameKz"/>
        <xsl:if test="controlTypeNameKz != '' and controlTypeNameRu != ''"> / </xsl:if>
        <xsl:value-of select="controlTypeNameRu"/>
      </note>
    </xsl:if>
    <xsl:if test="resultText != ''"><note><xsl:value-of select="resultText"/></note></xsl:if>
  </xsl:template>

  <xsl:template match="data" mode="decision">
    <xsl:variable name="character">
      <xsl:apply-templates select="." mode="resolution"><xsl:with-param name="column" select="'character'"/></xsl:apply-templates>
    </xsl:variable>
    <decision>
      <xsl:if test="docNo != ''">
        <external_ids><system>minfin</system><id><xsl:value-of select="docNo"/></id></external_ids>
      </xsl:if>
      <official>
        <xsl:choose>
          <xsl:when test="docLang = 'KZ' and signerNameKz != ''"><xsl:value-of select="signerNameKz"/></xsl:when>
          <xsl:when test="signerNameRu != ''"><xsl:value-of select="signerNameRu"/></xsl:when>
          <xsl:otherwise><xsl:value-of select="executor"/></xsl:otherwise>
        </xsl:choose>
      </official>
      <decided_at><xsl:call-template name="moment"><xsl:with-param name="text" select="(executionDate | preparedDate)[1]"/></xsl:call-template></decided_at>
      <outcome>
        <xsl:apply-templates select="." mode="resolution"><xsl:with-param name="column" select="'outcome'"/></xsl:apply-templates>
      </outcome>
      <xsl:if test="$character != ''"><answer_character><xsl:value-of select="$character"/></answer_character></xsl:if>
      <text><xsl:value-of select="description"/></text>
      <language><xsl:value-of select="a:look-up('language', string(docLang))"/></language>
      <!-- The note says name and digest of the files, in their order; the adapter fetches them. -->
      <xsl:variable name="notes" select="str:split(concat(' ', note), '; file=')"/>
      <xsl:for-each select="attachments[fileIdentifier != '']">
        <xsl:variable name="place" select="position()"/>
        <xsl:variable name="said" select="string($notes[$place + 1])"/>
        <a:file reference="{fileIdentifier}" name="{substring-before($said, ' sha256=')}" sha256="{substring-after($said, ' sha256=')}"/>
      </xsl:for-each>
    </decision>
  </xsl:template>

  <xsl:template match="data" mode="resolution">
    <xsl:param name="column"/>
    <xsl:variable name="by_kind" select="a:look-up('resolution', concat(docKind, '/', resolutionText), $column)"/>
    <xsl:value-of select="$by_kind"/>
    <xsl:if test="$by_kind = ''"><xsl:value-of select="a:look-up('resolution', string(resolutionText), $column)"/></xsl:if>
  </xsl:template>

  <!-- A date or dateTime, with or without zone, as RFC 3339; local time is UTC+5. -->
  <xsl:template name="moment">
    <xsl:param name="text"/>
    <xsl:variable name="tail" select="substring($text, 20)"/>
    <xsl:choose>
      <xsl:when test="string-length($text) &lt; 19"><xsl:value-of select="concat(substring($text, 1, 10), 'T00:00:00+05:00')"/></xsl:when>
      <xsl:when test="contains($tail, 'Z') or contains($tail, '+') or contains($tail, '-')"><xsl:value-of select="$text"/></xsl:when>
      <xsl:otherwise><xsl:value-of select="concat($text, '+05:00')"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>
</xsl:stylesheet>
