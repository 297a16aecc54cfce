<?xml version="1.0" encoding="UTF-8"?>
<!-- One file → UPLOAD into the temporary store (EDS_TEMP_FILES), over the synchronous channel. The
     same file of the same message has the same fileProcessIdentifier on every attempt. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:a="urn:otinish:adapter:1" xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
    xmlns:s="http://bip.bee.kz/SyncChannel/v10/Types"
    xmlns:f="http://egov.bee.kz/eds/tempstorage/v2/" exclude-result-prefixes="a">
  <xsl:output method="xml" encoding="UTF-8" omit-xml-declaration="yes"/>
  <xsl:param name="now"/>
  <xsl:param name="message_id"/>
  <xsl:param name="file_no"/>
  <xsl:param name="sender_id"/>
  <xsl:param name="password"/>

  <xsl:template match="a:file">
    <xsl:variable name="process" select="concat($message_id, '-', $file_no)"/>
    <soapenv:Envelope>
      <soapenv:Header/>
      <soapenv:Body>
        <s:SendMessage>
          <request>
            <requestInfo>
              <messageId><xsl:value-of select="$process"/></messageId>
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
                  <f:type>UPLOAD</f:type>
                  <f:uploadRequest>
                    <f:fileUploadRequests>
                      <f:fileProcessIdentifier><xsl:value-of select="$process"/></f:fileProcessIdentifier>
                      <f:content><xsl:value-of select="."/></f:content>
                      <f:name><xsl:value-of select="@name"/></f:name>
                      <f:mime><xsl:value-of select="@mime"/></f:mime>
                    </f:fileUploadRequests>
                  </f:uploadRequest>
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
