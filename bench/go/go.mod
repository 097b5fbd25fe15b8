module gcmap/bench

go 1.19
