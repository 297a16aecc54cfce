<?xml version="1.0" encoding="UTF-8"?>
<!-- Canonical appeal → KZM_Otinim, and what follows it; the order of elements is the committee's. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns="urn:zher:otinim:1" xmlns:o="urn:otinish:appeal:1" xmlns:a="urn:otinish:adapter:1"
    xmlns:date="http://exslt.org/dates-and-times" exclude-result-prefixes="o a date">
  <xsl:output method="xml" encoding="UTF-8" indent="yes"/>
  <xsl:strip-space elements="*"/>
  <xsl:param name="message_id"/>
  <xsl:param name="reg_number"/>

  <xsl:template match="/">
    <xsl:apply-templates select="o:message/o:appeal | o:appeal | o:message/o:supplement | o:message/o:withdrawal | o:message/o:status"/>
  </xsl:template>

  <xsl:template match="o:appeal">
    <xsl:variable name="kind" select="a:look-up('kind', string(o:kind))"/>
    <xsl:if test="$kind = ''"><xsl:message terminate="yes">adapter.unknown_code: the committee has no such kind</xsl:message></xsl:if>
    <KZM_Otinim nusqa="1">
      <HabarlamaId><xsl:value-of select="$message_id"/></HabarlamaId>
      <TirkeuNomiri><xsl:value-of select="o:reg_number"/></TirkeuNomiri>
      <!-- Local date: the whole country keeps UTC+5. -->
      <TirkeuKuni><xsl:value-of select="substring(date:add(string(o:registered_at), 'PT5H'), 1, 10)"/></TirkeuKuni>
      <Merzimi><xsl:value-of select="(o:clocks[o:purpose='consider'][last()] | o:clocks[not(../o:clocks/o:purpose='consider')][last()])/o:due_date"/></Merzimi>
      <Turi><xsl:value-of select="$kind"/></Turi>
      <Til><xsl:value-of select="a:look-up('language', string(o:language))"/></Til>
      <xsl:apply-templates select="o:applicant"/>
      <!-- May be higher than the number of those named, as of the signatures below a petition. -->
      <xsl:if test="o:applicants_count"><OtinishBerushilerSany><xsl:value-of select="o:applicants_count"/></OtinishBerushilerSany></xsl:if>
      <xsl:for-each select="o:representative">
        <Okil>
          <xsl:for-each select="o:party"><xsl:call-template name="party"/></xsl:for-each>
          <Okilettik><xsl:value-of select="normalize-space(concat(o:authority_doc/o:type, ' ', o:authority_doc/o:number, ' ', o:authority_doc/o:issued_at))"/></Okilettik>
        </Okil>
      </xsl:for-each>
      <xsl:if test="o:place/o:kato"><Aimaq><xsl:value-of select="o:place/o:kato"/></Aimaq></xsl:if>
      <xsl:apply-templates select="o:place[o:address or o:lat or preceding-sibling::o:place]"/>
      <xsl:apply-templates select="o:contested"/>
      <xsl:for-each select="o:urgent_flag"><Shugyl><xsl:call-template name="coded"><xsl:with-param name="table" select="'urgent'"/></xsl:call-template></Shugyl></xsl:for-each>
      <xsl:for-each select="o:confidentiality"><Qupialyq><xsl:call-template name="coded"><xsl:with-param name="table" select="'confidentiality'"/></xsl:call-template></Qupialyq></xsl:for-each>
      <xsl:for-each select="o:answer_channel"><ZhauapTasily><xsl:call-template name="coded"><xsl:with-param name="table" select="'answer_channel'"/></xsl:call-template></ZhauapTasily></xsl:for-each>
      <xsl:if test="o:outgoing_number"><ShygysNomiri><xsl:value-of select="o:outgoing_number"/></ShygysNomiri></xsl:if>
      <xsl:if test="o:outgoing_date"><ShygysKuni><xsl:value-of select="o:outgoing_date"/></ShygysKuni></xsl:if>
      <xsl:if test="o:summary"><Taqyryp><xsl:value-of select="o:summary"/></Taqyryp></xsl:if>
      <Matin><xsl:value-of select="o:subject_text"/></Matin>
      <xsl:call-template name="files"/>
    </KZM_Otinim>
  </xsl:template>

  <!-- The plot of land, as far as its KATO does not say it. -->
  <xsl:template match="o:place">
    <Oryn>
      <xsl:if test="o:kato"><Aimaq><xsl:value-of select="o:kato"/></Aimaq></xsl:if>
      <xsl:if test="o:address"><Mekenzhai><xsl:value-of select="o:address"/></Mekenzhai></xsl:if>
      <xsl:if test="o:lat"><Endik><xsl:value-of select="o:lat"/></Endik></xsl:if>
      <xsl:if test="o:lon"><Boilyq><xsl:value-of select="o:lon"/></Boilyq></xsl:if>
    </Oryn>
  </xsl:template>

  <!-- What a complaint attacks (APPC 93(2)). -->
  <xsl:template match="o:contested">
    <ShagymNysany>
      <Turi><xsl:for-each select="o:act_or_action"><xsl:call-template name="coded"><xsl:with-param name="table" select="'contested'"/></xsl:call-template></xsl:for-each></Turi>
      <xsl:if test="o:doc_no"><Nomiri><xsl:value-of select="o:doc_no"/></Nomiri></xsl:if>
      <xsl:if test="o:date"><Kuni><xsl:value-of select="o:date"/></Kuni></xsl:if>
      <xsl:if test="o:body/o:bin"><OrganBSN><xsl:value-of select="o:body/o:bin"/></OrganBSN></xsl:if>
      <xsl:if test="o:body/o:name"><Organ><xsl:value-of select="o:body/o:name"/></Organ></xsl:if>
      <xsl:if test="o:official"><LauazymdyTulga><xsl:value-of select="o:official"/></LauazymdyTulga></xsl:if>
    </ShagymNysany>
  </xsl:template>

  <!-- The committee's word for a code; none: nothing is left out silently. -->
  <xsl:template name="coded">
    <xsl:param name="table"/>
    <xsl:variable name="word" select="a:look-up($table, string(.))"/>
    <xsl:if test="$word = ''"><xsl:message terminate="yes">adapter.unknown_code: the committee has no word for a code of <xsl:value-of select="local-name()"/></xsl:message></xsl:if>
    <xsl:value-of select="$word"/>
  </xsl:template>

  <xsl:template match="o:supplement">
    <KZM_Qosymsha>
      <HabarlamaId><xsl:value-of select="$message_id"/></HabarlamaId>
      <TirkeuNomiri><xsl:value-of select="$reg_number"/></TirkeuNomiri>
      <xsl:if test="o:text"><Matin><xsl:value-of select="o:text"/></Matin></xsl:if>
      <xsl:call-template name="files"/>
    </KZM_Qosymsha>
  </xsl:template>

  <xsl:template match="o:withdrawal">
    <KZM_QaitaryAlu>
      <HabarlamaId><xsl:value-of select="$message_id"/></HabarlamaId>
      <TirkeuNomiri><xsl:value-of select="$reg_number"/></TirkeuNomiri>
      <xsl:if test="o:reason"><Matin><xsl:value-of select="o:reason"/></Matin></xsl:if>
    </KZM_QaitaryAlu>
  </xsl:template>

  <!-- The committee is told of a changed term only. -->
  <xsl:template match="o:message/o:status">
    <xsl:if test="o:status != 'term_changed'"><xsl:message terminate="yes">adapter.unknown_code: the committee is not told of the status <xsl:value-of select="o:status"/></xsl:message></xsl:if>
    <xsl:if test="not(o:until != '')"><xsl:message terminate="yes">adapter.mapping_failed: a changed term without its date</xsl:message></xsl:if>
    <KZM_MerzimOzgerisi>
      <HabarlamaId><xsl:value-of select="$message_id"/></HabarlamaId>
      <TirkeuNomiri><xsl:value-of select="$reg_number"/></TirkeuNomiri>
      <Merzimi><xsl:value-of select="o:until"/></Merzimi>
      <Ozgertildi><xsl:value-of select="o:at"/></Ozgertildi>
      <xsl:if test="o:note"><Matin><xsl:value-of select="o:note"/></Matin></xsl:if>
    </KZM_MerzimOzgerisi>
  </xsl:template>

  <xsl:template name="files">
    <xsl:if test="o:attachments">
      <Qosymshalar>
        <xsl:for-each select="o:attachments">
          <Fail>
            <Aty><xsl:value-of select="o:name"/></Aty>
            <Tipi><xsl:value-of select="o:mime"/></Tipi>
            <Olshemi><xsl:value-of select="o:size"/></Olshemi>
            <Sha256><xsl:value-of select="o:sha256"/></Sha256>
          </Fail>
        </xsl:for-each>
      </Qosymshalar>
    </xsl:if>
  </xsl:template>

  <xsl:template match="o:applicant">
    <OtinishBerushi><xsl:call-template name="party"/></OtinishBerushi>
  </xsl:template>

  <!-- The committee wants a name of everybody. Who is known by a number alone is named by it. -->
  <xsl:template name="party">
    <xsl:choose>
      <xsl:when test="o:type='person'">
        <Turi>ZHEKE</Turi>
        <xsl:if test="o:iin"><ZHSN><xsl:value-of select="o:iin"/></ZHSN></xsl:if>
        <AtyZhoni>
          <xsl:value-of select="normalize-space(concat(o:names/o:family, ' ', o:names/o:given, ' ', o:names/o:patronymic))"/>
          <xsl:if test="not(o:names)"><xsl:value-of select="o:iin"/></xsl:if>
        </AtyZhoni>
      </xsl:when>
      <xsl:otherwise>
        <Turi>ZANDY</Turi>
        <xsl:if test="o:bin"><BSN><xsl:value-of select="o:bin"/></BSN></xsl:if>
        <Ataui><xsl:value-of select="(o:org_name | o:bin[not(../o:org_name)])[1]"/></Ataui>
      </xsl:otherwise>
    </xsl:choose>
    <xsl:if test="o:postal_address"><Mekenzhai><xsl:value-of select="o:postal_address"/></Mekenzhai></xsl:if>
    <xsl:if test="o:actual_address"><NaqtyMekenzhai><xsl:value-of select="o:actual_address"/></NaqtyMekenzhai></xsl:if>
    <xsl:for-each select="o:phone"><Telefon><xsl:value-of select="."/></Telefon></xsl:for-each>
    <xsl:for-each select="o:email"><Poshta><xsl:value-of select="."/></Poshta></xsl:for-each>
  </xsl:template>
</xsl:stylesheet>
