# SPDX-License-Identifier: MIT
# readback.R: what `check_bwwrite --write .` wrote, by rtracklayer, against its formulas.
suppressPackageStartupMessages(library(rtracklayer))

formulas <- list(
    constant = function(i) rep(2.5, length(i)),
    odd = function(i) ifelse(i %% 5 == 3, NA, 0.125 - i %% 17),
    runs = function(i) ifelse(i %% 40000 < 100, NA, (i * 7919) %% 1000 / 8),
    scattered = function(i) ifelse(ifelse(i < 200000, i %% 2 == 1, i %% 70 >= 35), NA,
                                   i %% 1001 - 500))
files <- list(
    constant = c(chr1 = 1000010, chr2 = 50000),
    odd = c("1" = 12345, "chrUn_KI270742.1" = 5000, "HLA-A*01:01:01:01" = 777,
            "a name, with; all" = 2499),
    runs = c(chr7 = 20000000),
    scattered = c(chr7 = 10000000))

check_chrom <- function(file, name, chrom, len) {
    n <- len %/% 25
    want <- formulas[[name]](seq_len(n) - 1)
    if (name == "constant" && chrom == "chr2") want[] <- NA
    seen <- which(!is.na(want))
    got <- import(file, which = GRanges(chrom, IRanges(1, len)))
    got <- restrict(got, 1, len)
    stopifnot(length(got) == length(seen), all(width(got) == 25),
              all(start(got) == (seen - 1) * 25 + 1), all(score(got) == want[seen]))
    if (len < 1e6 || !length(seen)) return(invisible())
    # eight windows from the zoom levels, against exact means
    edge <- floor(len * (0:8) / 8)
    means <- summary(file, GRanges(chrom, IRanges(1, len)), size = 8L, type = "mean",
                     as = "matrix")
    for (k in 1:8) {
        part <- want[seq(edge[k] %/% 25 + 1, edge[k + 1] %/% 25)]
        spread <- diff(range(part, na.rm = TRUE))
        stopifnot(abs(means[k] - mean(part, na.rm = TRUE)) <= 1e-6 + 0.01 * spread)
    }
}

for (name in names(files)) {
    file <- BigWigFile(paste0(name, ".bw"))
    lens <- seqlengths(file)
    stopifnot(identical(sort(names(lens)), sort(names(files[[name]]))),
              all(lens[names(files[[name]])] == files[[name]]))
    for (chrom in names(files[[name]])) check_chrom(file, name, chrom, files[[name]][[chrom]])
}
cat("all equal\n")
