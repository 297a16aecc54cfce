<?xml version="1.0" encoding="UTF-8"?>
<!-- KZM_Zhauap → one item with a canonical decision. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns="urn:otinish:appeal:1" xmlns:a="urn:otinish:adapter:1" xmlns:z="urn:zher:otinim:1"
    exclude-result-prefixes="z">
  <xsl:output method="xml" encoding="UTF-8"/>

  <xsl:template match="/">
    <a:answer><xsl:apply-templates select="*"/></a:answer>
  </xsl:template>

  <xsl:template match="*">
    <xsl:message terminate="yes">adapter.unknown_item: not a KZM_Zhauap</xsl:message>
  </xsl:template>

  <xsl:template match="z:KZM_Zhauap">
    <xsl:variable name="by_kind" select="a:look-up('natizhe', concat(z:Turi, '/', z:Natizhe))"/>
    <xsl:variable name="outcome">
      <xsl:value-of select="$by_kind"/>
      <xsl:if test="$by_kind = ''"><xsl:value-of select="a:look-up('natizhe', string(z:Natizhe))"/></xsl:if>
    </xsl:variable>
    <xsl:choose>
      <xsl:when test="$outcome = ''">
        <a:item external_id="{z:IsNomiri}" in_reply_to="{z:HabarlamaId}" problem_code="adapter.unknown_code" problem_text="Natizhe is not in the table"/>
      </xsl:when>
      <xsl:otherwise>
        <xsl:apply-templates select="." mode="decision"><xsl:with-param name="outcome" select="$outcome"/></xsl:apply-templates>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template match="z:KZM_Zhauap" mode="decision">
    <xsl:param name="outcome"/>
    <xsl:variable name="character" select="a:look-up('character', string(z:Natizhe))"/>
    <a:item type="decision/1" external_id="{z:IsNomiri}" in_reply_to="{z:HabarlamaId}">
      <a:payload>
        <decision>
          <external_ids><system>zher</system><id><xsl:value-of select="z:SheshimNomiri"/></id></external_ids>
          <official>
            <xsl:value-of select="z:LauazymdyTulga/z:AtyZhoni"/>
            <xsl:if test="z:LauazymdyTulga/z:Lauazymy != ''"><xsl:value-of select="concat(', ', z:LauazymdyTulga/z:Lauazymy)"/></xsl:if>
          </official>
          <decided_at><xsl:value-of select="concat(substring(z:SheshimKuni, 1, 10), 'T00:00:00+05:00')"/></decided_at>
          <outcome><xsl:value-of select="$outcome"/></outcome>
          <xsl:if test="$character != ''"><answer_character><xsl:value-of select="$character"/></answer_character></xsl:if>
          <text><xsl:value-of select="z:Matin"/></text>
          <xsl:if test="z:Negizdeme != ''"><reasons><xsl:value-of select="z:Negizdeme"/></reasons></xsl:if>
          <xsl:if test="z:ShagymTartibi/z:MerzimAi != ''">
            <appeal_route><term_months><xsl:value-of select="z:ShagymTartibi/z:MerzimAi"/></term_months></appeal_route>
          </xsl:if>
          <language><xsl:value-of select="z:Til"/></language>
          <xsl:for-each select="z:Qosymshalar/z:Fail">
            <attachments>
              <id><xsl:value-of select="z:Sha256"/></id>
              <name><xsl:value-of select="z:Aty"/></name>
              <mime><xsl:value-of select="z:Tipi"/></mime>
              <size><xsl:value-of select="z:Olshemi"/></size>
              <sha256><xsl:value-of select="z:Sha256"/></sha256>
            </attachments>
          </xsl:for-each>
        </decision>
      </a:payload>
    </a:item>
  </xsl:template>
</xsl:stylesheet>
