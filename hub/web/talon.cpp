#include "hub/web/talon.h"

#include <cairo-ft.h>
#include <cairo-pdf.h>
#include <qrencode.h>

#include <memory>
#include <vector>

#include "hub/base/text.h"
#include "hub/rules/number.h"
#include "hub/web/parameters.h"
#include "hub/web/router.h"

namespace hub::web {
namespace {

struct Row {
  const char* kk;
  const char* ru;
  std::string value_kk, value_ru;  // one text if they are equal
};

// Rows without a value are left out: an empty line on a slip invites to be filled by hand.
std::vector<Row> rowsOf(const exchange::Talon& talon) {
  std::vector<Row> rows;
  const auto add = [&](const char* kk, const char* ru, const std::string& value_kk,
                       const std::string& value_ru) {
    if (!value_kk.empty() || !value_ru.empty()) rows.push_back({kk, ru, value_kk, value_ru});
  };
  add("Түрі", "Вид", talon.kind.kk, talon.kind.ru);
  const std::string at = talon.received_date + " " + talon.received_time;
  add("Қабылданған күні мен уақыты", "Дата и время приёма", at, at);
  add("Тіркелген күні", "Дата регистрации", talon.registered, talon.registered);
  add("Қараудың соңғы күні", "Последний день рассмотрения", talon.due, talon.due);
  if (talon.body.empty()) {
    add("Қарайтын орган", "Рассматривает", "анықталуда", "определяется");
  } else {
    add("Қарайтын орган", "Рассматривает", talon.body.kk, talon.body.ru);
  }
  if (talon.receiver_name.empty() && talon.electronic) {
    add("Қабылдаған", "Принял", "электрондық түрде қабылданды", "принято в электронной форме");
  } else if (!talon.receiver_name.empty()) {
    const std::string who = talon.receiver_post.empty()
                                ? talon.receiver_name
                                : talon.receiver_name + ", " + talon.receiver_post;
    add("Қабылдаған", "Принял", who, who);
  }
  const std::string files = std::to_string(talon.files);
  if (talon.files > 0) add("Тіркелген файлдар", "Приложено файлов", files, files);
  return rows;
}

constexpr const char* kTitleKk = "Өтінішті қабылдау талоны";
constexpr const char* kTitleRu = "Талон о приёме обращения";
constexpr const char* kLawKk = "ҚР ӘРПК 64-бабының 2-бөлігі";
constexpr const char* kLawRu = "Часть 2 статьи 64 АППК РК";

Status unavailable(const char* why) { return Status::failure("web.talon_unavailable", why); }

struct CodeFree {
  void operator()(QRcode* code) const { QRcode_free(code); }
};
using Code = std::unique_ptr<QRcode, CodeFree>;

Code encode(const std::string& text) {
  constexpr std::size_t kCodeBytesMax = 300;  // more makes squares a telephone cannot read on A5
  if (text.empty() || text.size() > kCodeBytesMax) return nullptr;
  return Code(QRcode_encodeData(static_cast<int>(text.size()),
                                reinterpret_cast<const unsigned char*>(text.data()), 0,
                                QR_ECLEVEL_M));
}

bool dark(const QRcode& code, int x, int y) { return (code.data[y * code.width + x] & 1) != 0; }

// Calls draw(x, y, length) for each run of dark squares of a line.
template <typename Draw>
void eachRun(const QRcode& code, const Draw& draw) {
  for (int y = 0; y < code.width; ++y) {
    for (int x = 0; x < code.width; ++x) {
      int end = x;
      while (end < code.width && dark(code, end, y)) ++end;
      if (end > x) draw(x, y, end - x);
      x = end;
    }
  }
}

std::string svgOf(const QRcode& code) {
  constexpr int kQuiet = 4;  // ISO/IEC 18004: four squares of quiet zone
  const std::string side = std::to_string(code.width + 2 * kQuiet);
  std::string out = "<svg class=\"code\" role=\"img\" aria-label=\"QR\" viewBox=\"0 0 " + side +
                    " " + side + "\" shape-rendering=\"crispEdges\"><path d=\"";
  eachRun(code, [&](int x, int y, int length) {
    out += "M" + std::to_string(x + kQuiet) + " " + std::to_string(y + kQuiet) + "h" +
           std::to_string(length) + "v1h-" + std::to_string(length) + "z";
  });
  return out + "\"/></svg>\n";
}

// ---- PDF ----

struct SurfaceFree {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct DrawingFree {
  void operator()(cairo_t* drawing) const { cairo_destroy(drawing); }
};

// What FreeType opened of a font file.
struct Letters {
  FT_Library library = nullptr;
  FT_Face face = nullptr;
  Letters() = default;
  Letters(const Letters&) = delete;
  Letters& operator=(const Letters&) = delete;
  ~Letters() {
    if (face != nullptr) FT_Done_Face(face);
    if (library != nullptr) FT_Done_FreeType(library);
  }
};

struct FaceFree {
  void operator()(cairo_font_face_t* face) const { cairo_font_face_destroy(face); }
};
using Face = std::unique_ptr<cairo_font_face_t, FaceFree>;

// nullptr if the file is no font or has no Kazakh letters. Cairo's caches may keep the face after
// its last user, so cairo closes the file: the letters are its user data.
Face openFace(const std::string& file) {
  constexpr FT_ULong kKazakhLetter = 0x049B;  // қ
  static const cairo_user_data_key_t kKey{};
  auto letters = std::make_unique<Letters>();
  if (FT_Init_FreeType(&letters->library) != 0 ||
      FT_New_Face(letters->library, file.c_str(), 0, &letters->face) != 0 ||
      FT_Get_Char_Index(letters->face, kKazakhLetter) == 0) {
    return nullptr;
  }
  Face face(cairo_ft_font_face_create_for_ft_face(letters->face, 0));
  const auto close = [](void* held) { delete static_cast<Letters*>(held); };
  if (cairo_font_face_set_user_data(face.get(), &kKey, letters.get(), close) !=
      CAIRO_STATUS_SUCCESS) {
    return nullptr;
  }
  static_cast<void>(letters.release());
  return face;
}

cairo_status_t append(void* out, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

// Writes downwards on an A5 page; cairo keeps the first error, so it is asked once at the end.
class Sheet {
 public:
  static constexpr double kWidth = 420, kHeight = 595, kMargin = 40;

  explicit Sheet(cairo_t* drawing) : drawing_(drawing) {}
  void space(double points) { y_ += points; }
  // Wrapped at spaces; a word wider than the line is broken between letters.
  void text(const std::string& text, double size, double grey) {
    cairo_set_font_size(drawing_, size);
    cairo_set_source_rgb(drawing_, grey, grey, grey);
    std::string line;
    std::size_t at = 0;
    while (at < text.size() && left() > 0) {
      std::size_t end = text.find(' ', at);
      end = end == std::string::npos ? text.size() : end + 1;
      const std::string word = text.substr(at, end - at);
      at = end;
      if (fits(line + word)) {
        line += word;
        continue;
      }
      flush(line, size);
      line = breakWord(word, size);
    }
    flush(line, size);
  }
  void rule() {
    cairo_set_line_width(drawing_, 0.5);
    cairo_move_to(drawing_, kMargin, y_);
    cairo_line_to(drawing_, kWidth - kMargin, y_);
    cairo_stroke(drawing_);
    y_ += 6;
  }
  void code(const QRcode& code, double side) {
    const double square = side / code.width;
    cairo_set_source_rgb(drawing_, 0, 0, 0);
    eachRun(code, [&](int x, int y, int length) {
      cairo_rectangle(drawing_, kMargin + x * square, y_ + y * square, length * square, square);
    });
    cairo_fill(drawing_);
    y_ += side;
  }
  double left() const { return kHeight - kMargin - y_; }

 private:
  bool fits(const std::string& line) const {
    cairo_text_extents_t extents;
    cairo_text_extents(drawing_, line.c_str(), &extents);
    return extents.x_advance <= kWidth - 2 * kMargin;
  }
  void flush(const std::string& line, double size) {
    if (line.empty()) return;
    y_ += size * 1.3;
    cairo_move_to(drawing_, kMargin, y_);
    cairo_show_text(drawing_, line.c_str());
  }
  std::string breakWord(const std::string& word, double size) {
    if (fits(word)) return word;
    std::string part;
    for (std::size_t i = 0; i < word.size() && left() > 0;) {
      std::size_t end = i + 1;
      while (end < word.size() && (static_cast<unsigned char>(word[end]) & 0xC0) == 0x80) ++end;
      const std::string letter = word.substr(i, end - i);
      if (!part.empty() && !fits(part + letter)) {
        flush(part, size);
        part.clear();
      }
      part += letter;
      i = end;
    }
    return part;
  }

  cairo_t* drawing_;
  double y_ = kMargin;
};

}  // namespace

Result<Reply> getTalon(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {"format"});
  if (!parameters.ok()) return parameters.status();
  std::string format = parameters->text("format");
  if (format.empty()) {
    const std::string* accept = request.header("Accept");
    format = accept != nullptr && accept->find("text/html") != std::string::npos ? "html" : "pdf";
  }
  if (format != "pdf" && format != "html") {
    return Status::failure("web.bad_parameter", "'format' is pdf or html", "?format");
  }
  auto row = findFor(doors, request);
  if (!row.ok()) return row.status();
  auto talon = doors.service.talon(row->hub_id);
  if (!talon.ok()) return talon.status();
  const std::string code = talonCode(doors.talon.track_url, talon->reg_number);
  auto slip = format == "html" ? talonHtml(*talon, code) : talonPdf(*talon, code, doors.talon.font);
  if (!slip.ok()) return slip.status();
  Reply reply;
  reply.type = format == "html" ? "text/html; charset=utf-8" : "application/pdf";
  reply.body = std::move(*slip);
  reply.headers.push_back({"Content-Disposition", "inline; filename=\"talon-" +
                                                      rules::toAsciiNumber(talon->reg_number) +
                                                      "." + format + "\""});
  reply.headers.push_back(
      {"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"});
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

std::string talonCode(const std::string& track_url, const std::string& reg_number) {
  constexpr std::string_view kPlace = "{number}";
  std::string number = rules::toAsciiNumber(reg_number);
  if (track_url.empty()) return number;
  std::string out = track_url;
  if (const auto at = out.find(kPlace); at != std::string::npos) {
    out.replace(at, kPlace.size(), number);
  }
  return out;
}

Result<std::string> talonHtml(const exchange::Talon& talon, const std::string& code) {
  const Code squares = encode(code);
  if (!squares) return unavailable("the code of the slip is too long for a QR code");
  std::string out =
      "<!doctype html>\n<html lang=\"kk\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      escapeXml(talon.reg_number) +
      "</title>\n<style>\n"
      "body{font:16px/1.4 sans-serif;max-width:32rem;margin:1.5rem auto;padding:0 "
      "1rem;color:#111}\n"
      "h1{font-size:1.1rem;margin:0}.number{font-size:1.6rem;font-weight:bold;margin:.8rem 0}\n"
      "dt{color:#555;font-size:.85rem;margin-top:.6rem}dd{margin:0}.code{width:11rem;height:11rem}"
      "\n"
      "footer{color:#555;font-size:.8rem}@page{size:A5;margin:12mm}\n"
      "</style></head><body>\n<h1>" +
      std::string(kTitleKk) + "</h1>\n<h1 lang=\"ru\">" + kTitleRu + "</h1>\n<p class=\"number\">" +
      escapeXml(talon.reg_number) + "</p>\n<dl>\n";
  for (const Row& row : rowsOf(talon)) {
    out += "<dt>" + std::string(row.kk) + " / <span lang=\"ru\">" + row.ru + "</span></dt><dd>" +
           escapeXml(row.value_kk);
    if (row.value_ru != row.value_kk) {
      out += "</dd><dd lang=\"ru\">" + escapeXml(row.value_ru);
    }
    out += "</dd>\n";
  }
  out += "</dl>\n" + svgOf(*squares) + "<footer><p>" + kLawKk + "</p><p lang=\"ru\">" + kLawRu +
         "</p></footer>\n</body></html>\n";
  return out;
}

Result<std::string> talonPdf(const exchange::Talon& talon, const std::string& code,
                             const std::string& font) {
  const Code squares = encode(code);
  if (!squares) return unavailable("the code of the slip is too long for a QR code");
  const Face face = openFace(font);
  if (!face) return unavailable("the font of the slip cannot be used");
  std::string out;
  const std::unique_ptr<cairo_surface_t, SurfaceFree> surface(
      cairo_pdf_surface_create_for_stream(append, &out, Sheet::kWidth, Sheet::kHeight));
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE, talon.reg_number.c_str());
  const std::unique_ptr<cairo_t, DrawingFree> drawing(cairo_create(surface.get()));
  cairo_set_font_face(drawing.get(), face.get());
  Sheet sheet(drawing.get());
  constexpr double kBlack = 0, kGrey = 0.4, kCodeSide = 110;
  sheet.text(kTitleKk, 13, kBlack);
  sheet.text(kTitleRu, 13, kBlack);
  sheet.space(6);
  sheet.text(talon.reg_number, 22, kBlack);
  sheet.space(8);
  sheet.rule();
  for (const Row& row : rowsOf(talon)) {
    sheet.text(std::string(row.kk) + " / " + row.ru, 8, kGrey);
    sheet.text(row.value_kk, 11, kBlack);
    if (row.value_ru != row.value_kk) sheet.text(row.value_ru, 11, kBlack);
    sheet.space(3);
  }
  sheet.space(10);
  if (sheet.left() < kCodeSide) return unavailable("the names on the slip are too long for a page");
  sheet.code(*squares, kCodeSide);
  sheet.space(4);
  sheet.text(std::string(kLawKk) + " / " + kLawRu, 7, kGrey);
  cairo_show_page(drawing.get());
  cairo_surface_finish(surface.get());
  if (cairo_status(drawing.get()) != CAIRO_STATUS_SUCCESS ||
      cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS) {
    return unavailable("the slip could not be drawn");
  }
  return out;
}

}  // namespace hub::web
