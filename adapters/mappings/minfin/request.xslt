<?xml version="1.0" encoding="UTF-8"?>
<!-- Canonical appeal, supplement, withdrawal or status → sendMessage of the asynchronous channel,
     payload in the ESEDO types (children inline, xsi:type). SHEP gives messageId and correlationId
     itself. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:o="urn:otinish:appeal:1" xmlns:a="urn:otinish:adapter:1"
    xmlns:date="http://exslt.org/dates-and-times"
    xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
    xmlns:t="http://bip.bee.kz/AsyncChannel/v10/Types"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    exclude-result-prefixes="o a date xsi">
  <xsl:output method="xml" encoding="UTF-8" omit-xml-declaration="yes"/>
  <xsl:strip-space elements="*"/>
  <xsl:param name="now"/>
  <xsl:param name="message_id"/>
  <xsl:param name="external_id"/>
  <xsl:param name="reg_number"/>
  <xsl:param name="sender_id"/>
  <xsl:param name="password"/>
  <xsl:param name="service_id"/>
  <xsl:param name="route_id"/>

  <xsl:template match="/">
    <soapenv:Envelope>
      <soapenv:Header/>
      <soapenv:Body>
        <t:sendMessage>
          <request>
            <xsl:apply-templates select="o:message/o:appeal | o:appeal | o:message/o:supplement | o:message/o:withdrawal | o:message/o:status"/>
          </request>
        </t:sendMessage>
      </soapenv:Body>
    </soapenv:Envelope>
  </xsl:template>

  <xsl:template match="o:appeal">
    <xsl:call-template name="info">
      <xsl:with-param name="type" select="'REQUEST'"/>
    </xsl:call-template>
    <messageData>
      <data xsi:type="d:docOL" xmlns:d="http://esedo.nitec.kz/service/model/document">
        <xsl:variable name="who" select="o:applicant[1]"/>
        <xsl:variable name="due" select="(o:clocks[o:purpose='consider'][last()] | o:clocks[not(../o:clocks/o:purpose='consider')][last()])/o:due_date"/>
        <xsl:call-template name="files"/>
        <xsl:call-template name="text"><xsl:with-param name="name" select="'address'"/><xsl:with-param name="value" select="$who/o:postal_address"/></xsl:call-template>
        <appendCount><xsl:value-of select="count(o:attachments)"/></appendCount>
        <carrierType>1</carrierType>
        <character><xsl:value-of select="a:look-up('question_nature', string((o:topic[o:primary='true'] | o:topic)[1]/o:section))"/></character>
        <description><xsl:value-of select="o:subject_text"/></description>
        <docKind><xsl:value-of select="o:kind"/></docKind>
        <docLang><xsl:value-of select="a:look-up('doc_lang', string(o:language))"/></docLang>
        <documentType><xsl:choose><xsl:when test="$who/o:type='person'">0</xsl:when><xsl:otherwise>1</xsl:otherwise></xsl:choose></documentType>
        <xsl:call-template name="text"><xsl:with-param name="name" select="'email'"/><xsl:with-param name="value" select="$who/o:email[1]"/></xsl:call-template>
        <xsl:call-template name="text"><xsl:with-param name="name" select="'executionDate'"/><xsl:with-param name="value" select="$due"/></xsl:call-template>
        <xsl:call-template name="portal-id"/>
        <xsl:call-template name="text"><xsl:with-param name="name" select="'juridicallyName'"/><xsl:with-param name="value" select="$who/o:org_name"/></xsl:call-template>
        <xsl:call-template name="text"><xsl:with-param name="name" select="'middlename'"/><xsl:with-param name="value" select="$who/o:names/o:patronymic"/></xsl:call-template>
        <xsl:call-template name="text"><xsl:with-param name="name" select="'name'"/><xsl:with-param name="value" select="$who/o:names/o:given"/></xsl:call-template>
        <xsl:call-template name="text"><xsl:with-param name="name" select="'note'"/><xsl:with-param name="value"><xsl:call-template name="note"/></xsl:with-param></xsl:call-template>
        <xsl:call-template name="text"><xsl:with-param name="name" select="'phone'"/><xsl:with-param name="value" select="$who/o:phone[1]"/></xsl:call-template>
        <!-- Local date: the whole country keeps UTC+5. -->
        <xsl:if test="o:registered_at">
          <regDateOL><xsl:value-of select="substring(date:add(string(o:registered_at), 'PT5H'), 1, 10)"/></regDateOL>
        </xsl:if>
        <xsl:call-template name="text"><xsl:with-param name="name" select="'regNumberOL'"/><xsl:with-param name="value" select="o:reg_number"/></xsl:call-template>
        <xsl:call-template name="text"><xsl:with-param name="name" select="'region'"/><xsl:with-param name="value" select="o:place[o:kato][1]/o:kato"/></xsl:call-template>
        <xsl:call-template name="text"><xsl:with-param name="name" select="'surname'"/><xsl:with-param name="value" select="$who/o:names/o:family"/></xsl:call-template>
        <uniqueNumber><xsl:value-of select="$message_id"/></uniqueNumber>
        <xsl:call-template name="text"><xsl:with-param name="name" select="'userUin'"/><xsl:with-param name="value" select="($who/o:iin | $who/o:bin)[1]"/></xsl:call-template>
      </data>
    </messageData>
  </xsl:template>

  <!-- What docOL has no field for, in words both sides read. -->
  <xsl:template name="note">
    <xsl:value-of select="o:summary"/>
    <xsl:variable name="lang" select="a:look-up('words', string(o:language))"/>
    <xsl:apply-templates select="o:contested"/>
    <xsl:for-each select="o:urgent_flag"><xsl:value-of select="concat('; ', a:look-up('urgent', $lang), ': ', a:look-up('urgent_flag', concat($lang, '/', .)))"/></xsl:for-each>
    <xsl:for-each select="o:applicant[1]/o:actual_address"><xsl:value-of select="concat('; ', a:look-up('actual_address', $lang), ': ', .)"/></xsl:for-each>
    <xsl:for-each select="o:place[o:address or o:lat or preceding-sibling::o:place]">
      <xsl:value-of select="concat('; ', a:look-up('place', $lang), ':')"/>
      <xsl:for-each select="o:kato | o:address"><xsl:if test="position() &gt; 1">,</xsl:if><xsl:value-of select="concat(' ', .)"/></xsl:for-each>
      <xsl:if test="o:lat"><xsl:value-of select="concat(' (', o:lat, ' ', o:lon, ')')"/></xsl:if>
    </xsl:for-each>
    <xsl:for-each select="o:outgoing_number"><xsl:value-of select="concat('; ', a:look-up('outgoing', $lang), ' № ', .)"/></xsl:for-each>
    <xsl:for-each select="o:outgoing_date"><xsl:value-of select="concat(', ', .)"/></xsl:for-each>
    <xsl:for-each select="o:confidentiality"><xsl:value-of select="concat('; ', a:look-up('access', $lang), ': ', a:look-up('confidentiality', concat($lang, '/', .)))"/></xsl:for-each>
    <xsl:for-each select="o:answer_channel">
      <xsl:if test="position() = 1"><xsl:value-of select="concat('; ', a:look-up('answer', $lang), ':')"/></xsl:if>
      <xsl:if test="position() &gt; 1">,</xsl:if>
      <xsl:value-of select="concat(' ', a:look-up('answer_channel', concat($lang, '/', .)))"/>
    </xsl:for-each>
    <xsl:if test="o:character='collective'"><xsl:value-of select="concat('; applicants=', o:applicants_count)"/></xsl:if>
    <xsl:for-each select="o:applicant[position() &gt; 1]">
      <xsl:value-of select="concat('; applicant=', normalize-space(concat(o:org_name, ' ', o:names/o:family, ' ', o:names/o:given, ' ', o:names/o:patronymic, ' ', o:iin, ' ', o:bin)))"/>
    </xsl:for-each>
    <xsl:apply-templates select="o:representative"/>
    <xsl:call-template name="file-notes"/>
  </xsl:template>

  <!-- What a complaint attacks (APPC 93(2)), in the language of the appeal. -->
  <xsl:template match="o:contested">
    <xsl:variable name="lang" select="a:look-up('words', string(../o:language))"/>
    <xsl:value-of select="concat('; ', a:look-up('contested', $lang), ': ', a:look-up('act_or_action', concat($lang, '/', o:act_or_action)))"/>
    <xsl:if test="o:doc_no"><xsl:value-of select="concat(' № ', o:doc_no)"/></xsl:if>
    <xsl:if test="o:date"><xsl:value-of select="concat(', ', o:date)"/></xsl:if>
    <xsl:if test="o:body/o:name"><xsl:value-of select="concat(', ', o:body/o:name)"/></xsl:if>
    <xsl:if test="o:body/o:bin"><xsl:value-of select="concat(', ', a:look-up('number', concat($lang, '/bin')), ' ', o:body/o:bin)"/></xsl:if>
    <xsl:if test="o:official"><xsl:value-of select="concat(', ', o:official)"/></xsl:if>
  </xsl:template>

  <!-- Who acts for the applicant, and by what authority, in the language of the appeal. -->
  <xsl:template match="o:representative">
    <xsl:variable name="lang" select="a:look-up('words', string(../o:language))"/>
    <xsl:variable name="number" select="(o:party/o:iin | o:party/o:bin)[1]"/>
    <xsl:variable name="doc" select="o:authority_doc"/>
    <xsl:variable name="name" select="normalize-space(concat(o:party/o:org_name, ' ', o:party/o:names/o:family, ' ', o:party/o:names/o:given, ' ', o:party/o:names/o:patronymic))"/>
    <xsl:value-of select="concat('; ', a:look-up('representative', $lang), ': ', $name)"/>
    <xsl:if test="$number"><xsl:value-of select="concat(substring(', ', 1, 2 * ($name != '')), a:look-up('number', concat($lang, '/', local-name($number))), ' ', $number)"/></xsl:if>
    <xsl:for-each select="o:party/o:phone[1] | o:party/o:email[1]"><xsl:value-of select="concat(', ', .)"/></xsl:for-each>
    <xsl:value-of select="concat('; ', a:look-up('authority', $lang), ': ', a:look-up('authority_doc', concat($lang, '/', $doc/o:type)))"/>
    <xsl:if test="$doc/o:number"><xsl:value-of select="concat(' № ', $doc/o:number)"/></xsl:if>
    <xsl:if test="$doc/o:issued_at"><xsl:value-of select="concat(', ', $doc/o:issued_at)"/></xsl:if>
    <xsl:if test="$doc/o:valid_until"><xsl:value-of select="concat(' – ', $doc/o:valid_until)"/></xsl:if>
    <xsl:if test="$doc/o:issued_by"><xsl:value-of select="concat(', ', $doc/o:issued_by)"/></xsl:if>
  </xsl:template>

  <!-- docOL and docOutgoing name a file by its id in the temporary store only: the note says which
       name and digest each has, in the order of `attachments`. -->
  <xsl:template name="file-notes">
    <xsl:for-each select="o:attachments"><xsl:value-of select="concat('; file=', o:name, ' sha256=', o:sha256)"/></xsl:for-each>
  </xsl:template>

  <!-- a:reference: what the temporary store called the file when the adapter put it there. -->
  <xsl:template name="files">
    <xsl:for-each select="o:attachments[@a:reference]">
      <attachments><fileIdentifier><xsl:value-of select="@a:reference"/></fileIdentifier></attachments>
    </xsl:for-each>
  </xsl:template>

  <xsl:template match="o:supplement">
    <xsl:call-template name="info">
      <xsl:with-param name="type" select="'UPDATE'"/>
    </xsl:call-template>
    <messageData>
      <data xsi:type="d:docOutgoing" xmlns:d="http://esedo.nitec.kz/service/model/document">
        <xsl:call-template name="files"/>
        <appendCount><xsl:value-of select="count(o:attachments)"/></appendCount>
        <description><xsl:value-of select="o:text"/></description>
        <docLang><xsl:value-of select="a:look-up('doc_lang', string(o:language))"/></docLang>
        <docToNumber><xsl:value-of select="$reg_number"/></docToNumber>
        <xsl:if test="o:attachments"><note><xsl:call-template name="file-notes"/></note></xsl:if>
        <uniqueNumber><xsl:value-of select="$message_id"/></uniqueNumber>
      </data>
    </messageData>
  </xsl:template>

  <xsl:template match="o:withdrawal">
    <xsl:call-template name="info">
      <xsl:with-param name="type" select="'UPDATE'"/>
    </xsl:call-template>
    <messageData>
      <data xsi:type="d:docOL" xmlns:d="http://esedo.nitec.kz/service/model/document">
        <xsl:call-template name="text"><xsl:with-param name="name" select="'description'"/><xsl:with-param name="value" select="o:reason"/></xsl:call-template>
        <note>withdrawal</note>
        <regNumberOL><xsl:value-of select="$reg_number"/></regNumberOL>
        <uniqueNumber><xsl:value-of select="$message_id"/></uniqueNumber>
      </data>
    </messageData>
  </xsl:template>

  <!-- The ministry is told of a changed term only. stateNewExDate has no field for words: the note
       stays behind. -->
  <xsl:template match="o:message/o:status">
    <xsl:if test="o:status != 'term_changed'"><xsl:message terminate="yes">adapter.unknown_code: the ministry is not told of the status <xsl:value-of select="o:status"/></xsl:message></xsl:if>
    <xsl:if test="not(o:until != '')"><xsl:message terminate="yes">adapter.mapping_failed: a changed term without its date</xsl:message></xsl:if>
    <xsl:call-template name="info">
      <xsl:with-param name="type" select="'UPDATE'"/>
    </xsl:call-template>
    <messageData>
      <data xsi:type="n:stateNewExDate" xmlns:n="http://esedo.nitec.kz/service/model/notification">
        <date><xsl:value-of select="o:at"/></date>
        <execDate><xsl:value-of select="o:until"/></execDate>
        <xsl:call-template name="portal-id"><xsl:with-param name="number" select="$reg_number"/></xsl:call-template>
      </data>
    </messageData>
  </xsl:template>

  <xsl:template name="info">
    <xsl:param name="type"/>
    <messageInfo>
      <xsl:if test="$type != 'REQUEST'">
        <correlationId><xsl:value-of select="$external_id"/></correlationId>
      </xsl:if>
      <serviceId><xsl:value-of select="$service_id"/></serviceId>
      <messageType><xsl:value-of select="$type"/></messageType>
      <routeId><xsl:value-of select="$route_id"/></routeId>
      <messageDate><xsl:value-of select="$now"/></messageDate>
      <sender>
        <senderId><xsl:value-of select="$sender_id"/></senderId>
        <password><xsl:value-of select="$password"/></password>
      </sender>
      <properties>
        <key>otinishMessageId</key>
        <value><xsl:value-of select="$message_id"/></value>
      </properties>
    </messageInfo>
  </xsl:template>

  <xsl:template name="portal-id">
    <!-- xs:long: the digits of the registration number, unique with it. -->
    <xsl:param name="number" select="string(o:reg_number)"/>
    <xsl:variable name="digits" select="translate($number, translate($number, '0123456789', ''), '')"/>
    <xsl:if test="$digits"><idPortalInternal><xsl:value-of select="$digits"/></idPortalInternal></xsl:if>
  </xsl:template>

  <xsl:template name="text">
    <xsl:param name="name"/>
    <xsl:param name="value"/>
    <xsl:if test="string($value)"><xsl:element name="{$name}"><xsl:value-of select="$value"/></xsl:element></xsl:if>
  </xsl:template>
</xsl:stylesheet>
