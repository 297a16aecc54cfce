<?xml version="1.0" encoding="UTF-8"?>
<!-- sendDeliveryNotification: "MESSAGE_NOT_ACCTEPTED" is the contract's own spelling. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://bip.bee.kz/AsyncChannel/v10/Types">
  <xsl:output method="xml" encoding="UTF-8" omit-xml-declaration="yes"/>
  <xsl:strip-space elements="*"/>
  <xsl:param name="now"/>
  <xsl:param name="item_id"/>
  <xsl:param name="accepted"/>
  <xsl:param name="code"/>
  <xsl:param name="text"/>
  <xsl:param name="service_id"/>
  <xsl:param name="sender_id"/>
  <xsl:param name="password"/>
  <xsl:template match="/">
    <soapenv:Envelope>
      <soapenv:Header/>
      <soapenv:Body>
        <t:sendDeliveryNotification>
          <request>
            <notification>
              <messageId><xsl:value-of select="$item_id"/></messageId>
              <serviceId><xsl:value-of select="$service_id"/></serviceId>
              <notificationDate><xsl:value-of select="$now"/></notificationDate>
              <deliveryStatus>
                <receiveStatus>
                  <xsl:choose>
                    <xsl:when test="$accepted = 'true'">MESSAGE_ACCEPTED</xsl:when>
                    <xsl:otherwise>MESSAGE_NOT_ACCTEPTED</xsl:otherwise>
                  </xsl:choose>
                </receiveStatus>
                <statusDate><xsl:value-of select="$now"/></statusDate>
                <resendMessage>NOT_RESEND</resendMessage>
                <xsl:if test="$accepted != 'true'">
                  <error>
                    <errorCode><xsl:value-of select="$code"/></errorCode>
                    <errorMessage><xsl:value-of select="$text"/></errorMessage>
                    <errorDate><xsl:value-of select="$now"/></errorDate>
                  </error>
                </xsl:if>
              </deliveryStatus>
            </notification>
            <requestDate><xsl:value-of select="$now"/></requestDate>
            <sender>
              <senderId><xsl:value-of select="$sender_id"/></senderId>
              <password><xsl:value-of select="$password"/></password>
            </sender>
          </request>
        </t:sendDeliveryNotification>
      </soapenv:Body>
    </soapenv:Envelope>
  </xsl:template>
</xsl:stylesheet>
