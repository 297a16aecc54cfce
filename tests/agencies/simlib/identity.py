"""IIN and BIN check digit (weights 1..11, second pass 3..11,1,2), as the agencies check it."""


def check_digit_fits(value):
    if len(value) != 12 or not value.isascii() or not value.isdigit():
        return False
    digits = [int(char) for char in value]
    for weights in (range(1, 12), (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)):
        rest = sum(d * w for d, w in zip(digits, weights)) % 11
        if rest < 10:
            return rest == digits[11]
    return False
