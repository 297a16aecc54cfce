<?xml version="1.0" encoding="UTF-8"?>
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://bip.bee.kz/AsyncChannel/v10/Types">
  <xsl:output method="xml" encoding="UTF-8" omit-xml-declaration="yes"/>
  <xsl:strip-space elements="*"/>
  <xsl:param name="now"/>
  <xsl:param name="limit"/>
  <xsl:param name="service_id"/>
  <xsl:param name="sender_id"/>
  <xsl:param name="password"/>
  <xsl:template match="/">
    <soapenv:Envelope>
      <soapenv:Header/>
      <soapenv:Body>
        <t:getMessages>
          <request>
            <requestDate><xsl:value-of select="$now"/></requestDate>
            <serviceId><xsl:value-of select="$service_id"/></serviceId>
            <sender>
              <senderId><xsl:value-of select="$sender_id"/></senderId>
              <password><xsl:value-of select="$password"/></password>
            </sender>
            <amount><xsl:value-of select="$limit"/></amount>
          </request>
        </t:getMessages>
      </soapenv:Body>
    </soapenv:Envelope>
  </xsl:template>
</xsl:stylesheet>
