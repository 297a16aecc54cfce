#include "hub/rules/text_sketch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

namespace hub::rules {
namespace {

TEST(TextSketch, NormalisingKeepsLettersOnly) {
  EXPECT_EQ(normaliseText("  Өтінемін!!  ЁЛКА, №5  "), "өтінемін елка 5");
  EXPECT_EQ(normaliseText(""), "");
}

TEST(TextSketch, TheEstimateIsNearTheExactJaccard) {
  std::mt19937 random(20260317);
  for (int round = 0; round < 40; ++round) {
    std::string a, b;
    for (int word = 0; word < 120; ++word) {
      std::string text;
      for (int i = 0; i < 6; ++i) text += static_cast<char>('a' + random() % 26);
      a += text + " ";
      if (static_cast<int>(random() % 40) < round) text[random() % 6] = 'z';
      b += text + " ";
    }
    const auto pieces = [](const std::string& text) {
      const std::string plain = normaliseText(text);
      std::set<std::string> out;
      for (std::size_t i = 0; i + 5 <= plain.size(); ++i) out.insert(plain.substr(i, 5));
      return out;
    };
    const auto of_a = pieces(a), of_b = pieces(b);
    double both = 0;
    for (const auto& piece : of_a) both += of_b.contains(piece) ? 1 : 0;
    const double exact = both / (static_cast<double>(of_a.size() + of_b.size()) - both);
    EXPECT_NEAR(similarity(sketchOf(a), sketchOf(b)), exact, 0.25) << round;
    EXPECT_NEAR(similarity(smallSketchOf(sketchOf(a)), smallSketchOf(sketchOf(b))), exact, 0.25)
        << round;
  }
}

TextSketch randomSketch(std::mt19937& random) {
  TextSketch sketch;
  for (auto& minimum : sketch.minima) minimum = static_cast<std::uint16_t>(random());
  return sketch;
}

TEST(TextSketch, ASmallOneCountsTheMinimaWhoseLastBitsAgree) {
  std::mt19937 random(7);
  const TextSketch a = randomSketch(random);
  EXPECT_EQ(similarity(smallSketchOf(a), smallSketchOf(a)), 1.0);
  constexpr unsigned kMask = (1U << kSmallBits) - 1;
  constexpr double kByChance = 1.0 / (1U << kSmallBits);
  for (unsigned differs = 1; differs <= kMask; ++differs) {
    TextSketch b = a;
    for (std::size_t i = 0; i < TextSketch::kMinima; ++i) {
      const unsigned change = (i % 4 == 1 ? differs : 0U) | ~kMask;  // 48 of 64 agree
      b.minima[i] = static_cast<std::uint16_t>(b.minima[i] ^ change);
    }
    EXPECT_EQ(differing(smallSketchOf(a), smallSketchOf(b)), 0x2222222222222222U);
    EXPECT_NEAR(similarity(smallSketchOf(a), smallSketchOf(b)),
                (0.75 - kByChance) / (1 - kByChance), 1e-12);
  }
  TextSketch other = a;
  for (auto& minimum : other.minima) minimum ^= 5U;
  EXPECT_EQ(similarity(smallSketchOf(a), smallSketchOf(other)), 0.0) << "no less than nothing";
}

TEST(TextSketch, WhatAgreesByChanceIsTakenOut) {
  std::mt19937 random(8);
  double sum = 0, greatest = 0;
  constexpr int kPairs = 2000;
  for (int i = 0; i < kPairs; ++i) {
    const auto a = randomSketch(random);
    auto b = randomSketch(random);
    for (std::size_t k = 0; k < 32; ++k) b.minima[k] = a.minima[k];
    const double one = similarity(smallSketchOf(a), smallSketchOf(b));
    sum += one;
    greatest = std::max(greatest, one);
  }
  EXPECT_NEAR(sum / kPairs, 0.5, 0.005);
  EXPECT_LT(greatest, 0.75);
}

}  // namespace
}  // namespace hub::rules
