<?xml version="1.0" encoding="UTF-8"?>
<!-- The temporary store's answer to UPLOAD (the file's id there) and DOWNLOAD (the file). Elements are
     matched by local name: senders qualify them or not. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:a="urn:otinish:adapter:1" xmlns:s="http://bip.bee.kz/SyncChannel/v10/Types"
    xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" exclude-result-prefixes="s soapenv">
  <xsl:output method="xml" encoding="UTF-8"/>

  <xsl:template match="/">
    <xsl:variable name="body" select="(soapenv:Envelope/soapenv:Body | soapenv:Body)[1]"/>
    <xsl:variable name="response" select="$body/s:SendMessageResponse/response"/>
    <xsl:variable name="file" select="$response/responseData/data/*[local-name() = 'tempStorageResponse']/*/*[*[local-name() = 'status']][1]"/>
    <xsl:variable name="code" select="string($file/*[local-name() = 'status']/*[local-name() = 'code'])"/>
    <xsl:variable name="content" select="$file/*[local-name() = 'content']"/>
    <xsl:variable name="id" select="string($file/*[local-name() = 'fileIdentifier'])"/>
    <xsl:choose>
      <xsl:when test="$body/soapenv:Fault">
        <xsl:variable name="info" select="$body/soapenv:Fault/detail/*[errorCode][1]"/>
        <a:answer>
          <a:fault code="{concat($info/errorCode, substring($body/soapenv:Fault/faultcode, 1, number(not($info)) * 200))}" text="{$info/errorMessage}"/>
        </a:answer>
      </xsl:when>
      <xsl:when test="$code != '' and $code != 'SCSS001'">
        <a:answer>
          <a:fault code="{$code}" text="{$file/*[local-name() = 'status']/*[local-name() = 'message']}"/>
        </a:answer>
      </xsl:when>
      <xsl:when test="$content">
        <a:answer outcome="DONE">
          <a:file reference="{$id}" name="{$file/*[local-name() = 'name']}" mime="{$file/*[local-name() = 'mime']}">
            <xsl:value-of select="$content"/>
          </a:file>
        </a:answer>
      </xsl:when>
      <xsl:when test="$id != ''">
        <a:answer outcome="DONE" external_id="{$id}"/>
      </xsl:when>
      <xsl:otherwise>
        <xsl:message terminate="yes">adapter.bad_answer: neither a file nor a fault</xsl:message>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>
</xsl:stylesheet>
