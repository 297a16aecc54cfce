<?xml version="1.0" encoding="UTF-8"?>
<!-- DOWNLOAD of one file from the temporary store. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
    xmlns:s="http://bip.bee.kz/SyncChannel/v10/Types"
    xmlns:f="http://egov.bee.kz/eds/tempstorage/v2/">
  <xsl:output method="xml" encoding="UTF-8" omit-xml-declaration="yes"/>
  <xsl:param name="now"/>
  <xsl:param name="reference"/>
  <xsl:param name="sender_id"/>
  <xsl:param name="password"/>

  <xsl:template match="/">
    <soapenv:Envelope>
      <soapenv:Header/>
      <soapenv:Body>
        <s:SendMessage>
          <request>
            <requestInfo>
              <messageId><xsl:value-of select="$reference"/></messageId>
              <serviceId>EDS_TEMP_FILES</serviceId>
              <messageDate><xsl:value-of select="$now"/></messageDate>
              <sender>
                <senderId><xsl:value-of select="$sender_id"/></senderId>
                <password><xsl:value-of select="$password"/></password>
              </sender>
            </requestInfo>
            <requestData>
              <data>
                <f:tempStorageRequest>
                  <f:type>DOWNLOAD</f:type>
                  <f:downloadRequest>
                    <f:fileIdentifier><xsl:value-of select="$reference"/></f:fileIdentifier>
                  </f:downloadRequest>
                  <f:credentials>
                    <f:senderId><xsl:value-of select="$sender_id"/></f:senderId>
                    <f:password><xsl:value-of select="$password"/></f:password>
                  </f:credentials>
                </f:tempStorageRequest>
              </data>
            </requestData>
          </request>
        </s:SendMessage>
      </soapenv:Body>
    </soapenv:Envelope>
  </xsl:template>
</xsl:stylesheet>
