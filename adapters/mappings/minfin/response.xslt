<?xml version="1.0" encoding="UTF-8"?>
<!-- The gateway's answer to sendMessage: the correlationId is the case's id from now on, the messageId
     is what the gateway calls this message when it tells its fate. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:a="urn:otinish:adapter:1" xmlns:t="http://bip.bee.kz/AsyncChannel/v10/Types"
    xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" exclude-result-prefixes="t soapenv">
  <xsl:output method="xml" encoding="UTF-8"/>

  <xsl:template match="/">
    <xsl:variable name="body" select="(soapenv:Envelope/soapenv:Body | soapenv:Body)[1]"/>
    <xsl:choose>
      <xsl:when test="$body/t:sendMessageResponse/response[correlationId]">
        <xsl:variable name="given" select="$body/t:sendMessageResponse/response"/>
        <xsl:variable name="message" select="substring(concat('&#10;message:', $given/messageId), 1, 1000 * ($given/messageId != ''))"/>
        <a:answer outcome="PENDING" external_id="{$given/correlationId}{$message}"/>
      </xsl:when>
      <xsl:when test="$body/soapenv:Fault">
        <!-- Matched by type: the fault element's name differs between code bases. -->
        <xsl:variable name="info" select="$body/soapenv:Fault/detail/*[errorCode][1]"/>
        <a:answer>
          <a:fault code="{$info/errorCode}" text="{$info/errorMessage}">
            <xsl:if test="not($info)">
              <xsl:attribute name="code"><xsl:value-of select="$body/soapenv:Fault/faultcode"/></xsl:attribute>
              <xsl:attribute name="text"><xsl:value-of select="$body/soapenv:Fault/faultstring"/></xsl:attribute>
            </xsl:if>
          </a:fault>
        </a:answer>
      </xsl:when>
      <xsl:otherwise>
        <xsl:message terminate="yes">adapter.bad_answer: neither a response nor a fault</xsl:message>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>
</xsl:stylesheet>
